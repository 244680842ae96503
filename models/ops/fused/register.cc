/**
 * The addon's entry: loading it makes the ops known to the TensorFlow that is already in this process. It gives JavaScript
 * nothing; ops are reached by their names.
 */
#include <node_api.h>

#include <exception>
#include <mutex>

#include "ops.h"

NAPI_MODULE_INIT() {
  // Each worker thread of Node that requires the addon comes by here; TensorFlow knows an op only once.
  static std::once_flag once;
  try {
    std::call_once(once, [] {
      fused::registerLayerNorm();
      fused::registerGelu();
      fused::registerAttention();
      fused::registerAdamW();
    });
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
