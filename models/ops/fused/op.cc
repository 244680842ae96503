#include "op.h"

#include <memory>

namespace fused {
namespace {

using ShapeHandle = std::unique_ptr<TF_ShapeHandle, decltype(&TF_DeleteShapeHandle)>;

ShapeHandle newShape() { return {TF_NewShapeHandle(), TF_DeleteShapeHandle}; }

/** @returns whether all of it is known */
bool inputShape(TF_ShapeInferenceContext* context, int index, Shape& shape) {
  const ShapeHandle handle = newShape();
  Status status;
  TF_ShapeInferenceContextGetInput(context, index, handle.get(), status);
  status.check();
  if (!TF_ShapeInferenceContextRankKnown(context, handle.get())) return false;
  const std::unique_ptr<TF_DimensionHandle, decltype(&TF_DeleteDimensionHandle)> dimension(TF_NewDimensionHandle(),
                                                                                        TF_DeleteDimensionHandle);
  for (int64_t axis = 0; axis < TF_ShapeInferenceContextRank(context, handle.get()); axis++) {
    TF_ShapeInferenceContextDim(context, handle.get(), axis, dimension.get());
    if (!TF_DimensionHandleValueKnown(dimension.get())) return false;
    shape.push_back(TF_DimensionHandleValue(dimension.get()));
  }
  return true;
}

/** The API makes shapes of one axis only, and joins them. */
void setOutputShape(TF_ShapeInferenceContext* context, int index, const Shape& shape) {
  Status status;
  ShapeHandle joined(TF_ShapeInferenceContextScalar(context), TF_DeleteShapeHandle);
  for (int64_t length : shape) {
    const ShapeHandle axis(TF_ShapeInferenceContextVectorFromSize(context, length), TF_DeleteShapeHandle);
    ShapeHandle longer = newShape();
    TF_ShapeInferenceContextConcatenateShapes(context, joined.get(), axis.get(), longer.get(), status);
    status.check();
    joined = std::move(longer);
  }
  TF_ShapeInferenceContextSetOutput(context, index, joined.get(), status);
  status.check();
}

}  // namespace

void inferShapes(TF_ShapeInferenceContext* context, TF_Status* status,
                 std::vector<Shape> (*infer)(const std::vector<Shape>&)) {
  try {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
    std::vector<Shape> inputs(TF_ShapeInferenceContextNumInputs(context));
    for (size_t index = 0; index < inputs.size(); index++) {
      if (!inputShape(context, static_cast<int>(index), inputs[index])) return;
    }
    const std::vector<Shape> outputs = infer(inputs);
    for (size_t index = 0; index < outputs.size(); index++) {
      setOutputShape(context, static_cast<int>(index), outputs[index]);
    }
  } catch (const std::exception& error) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
  }
}

void registerOpDefinition(const OpDefinition& definition, void (*infer)(TF_ShapeInferenceContext*, TF_Status*)) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, infer);
  Status status;
  TF_RegisterOpDefinition(builder, status);  // Takes the builder.
  status.check();
}

void registerKernel(const char* opName, void* (*create)(TF_OpKernelConstruction*),
                    void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*)) {
  Status status;
  TF_RegisterKernelBuilder(opName, TF_NewKernelBuilder(opName, "CPU", create, compute, destroy), status);
  status.check();
}

}  // namespace fused
