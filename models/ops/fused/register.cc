/**
 * The addon's entry: loading it makes the ops known to the TensorFlow that is already in this process, which reaches them
 * by their names. JavaScript is told which instruction set they run on.
 */
#include <node_api.h>

#include <exception>
#include <mutex>

#include "ops.h"
#include "targets.h"

NAPI_MODULE_INIT() {
  // Each worker thread of Node that requires the addon comes by here; TensorFlow knows an op only once.
  static std::once_flag once;
  try {
    std::call_once(once, [] {
      fused::registerLayerNorm();
      fused::registerGelu();
      fused::registerAttention();
      fused::registerAdamW();
      fused::registerDropout();
    });
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  napi_value name;
  if (napi_create_string_utf8(env, fused::targetName(), NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_set_named_property(env, exports, "instructionSet", name) != napi_ok) {
    napi_throw_error(env, nullptr, "the fused ops' instruction set can't be told");
  }
  return exports;
}
