/**
 * TensorFlow's C kernel API as the ops here see it: an op is a class with a few static members (see registerOp), and what
 * is wrong with its inputs is an exception, which becomes the op's error. Nothing thrown ever reaches TensorFlow.
 */
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow_kernels.h"

namespace fused {

using Shape = std::vector<int64_t>;

struct OpError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const std::string& otherwise) {
  if (!holds) throw OpError(otherwise);
}

inline int64_t numElements(const Shape& shape) {
  int64_t product = 1;
  for (int64_t length : shape) product *= length;
  return product;
}

inline std::string describe(const Shape& shape) {
  std::string text = "[";
  for (int64_t length : shape) text += (text.size() > 1 ? "," : "") + std::to_string(length);
  return text + "]";
}

inline void requireSame(const char* name, const Shape& shape, const Shape& wanted) {
  require(shape == wanted, std::string(name) + " has shape " + describe(shape) + ", wanted is " + describe(wanted));
}

/** TensorFlow's answer to a call: an error in it is thrown. */
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  operator TF_Status*() const { return status_; }
  void check() const { require(TF_GetCode(status_) == TF_OK, TF_Message(status_)); }

 private:
  TF_Status* status_;
};

/** A tensor that TensorFlow counts: this holds one reference. */
class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor) {
    for (int axis = 0; axis < TF_NumDims(tensor); axis++) shape_.push_back(TF_Dim(tensor, axis));
  }
  ~Tensor() { TF_DeleteTensor(tensor_); }
  Tensor(const Tensor&) = delete;
  Tensor& operator=(const Tensor&) = delete;
  const Shape& shape() const { return shape_; }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  /** Of a tensor of int32. */
  const int32_t* integers() const { return static_cast<const int32_t*>(TF_TensorData(tensor_)); }

 private:
  TF_Tensor* tensor_;
  Shape shape_;
};

/** One run of an op. */
class Run {
 public:
  explicit Run(TF_OpKernelContext* context) : context_(context) {}

  Tensor input(int index) const {
    TF_Tensor* tensor = nullptr;
    Status status;
    TF_GetInput(context_, index, &tensor, status);
    status.check();
    return Tensor(tensor);
  }

  Tensor output(int index, const Shape& shape) const {
    Status status;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          sizeof(float) * numElements(shape), status);
    status.check();
    return Tensor(tensor);
  }

  /** In the memory of that input, if nobody else will read it; the op has to read each place before it writes it. */
  Tensor outputInPlaceOf(int inputIndex, int index, const Shape& shape) const {
    Status status;
    int forwarded = -1;
    TF_Tensor* tensor = TF_ForwardInputOrAllocateOutput(context_, &inputIndex, 1, index, shape.data(),
                                                        static_cast<int>(shape.size()), &forwarded, status);
    status.check();
    return Tensor(tensor);
  }

  /** Memory for this run alone, from TensorFlow's allocator, so that it is counted and aligned. */
  Tensor scratch(int64_t numFloats) const {
    Status status;
    TF_AllocatorAttributes onHost{TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 1};
    TF_Tensor* tensor = TF_AllocateTemp(context_, TF_FLOAT, &numFloats, 1, &onHost, status);
    status.check();
    return Tensor(tensor);
  }

 private:
  TF_OpKernelContext* context_;
};

/** The attributes of an op in a graph. */
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}

  int64_t integer(const char* name) const { return get<int64_t>(name, TF_OpKernelConstruction_GetAttrInt64); }
  float number(const char* name) const { return get<float>(name, TF_OpKernelConstruction_GetAttrFloat); }
  bool flag(const char* name) const { return get<unsigned char>(name, TF_OpKernelConstruction_GetAttrBool) != 0; }

 private:
  template <typename T>
  T get(const char* name, void (*getter)(TF_OpKernelConstruction*, const char*, T*, TF_Status*)) const {
    T value{};
    Status status;
    getter(construction_, name, &value, status);
    status.check();
    return value;
  }

  TF_OpKernelConstruction* construction_;
};

/** An op's name and its inputs, outputs and attributes, each as TensorFlow's op definitions spell them. */
struct OpDefinition {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  std::vector<const char*> attributes;
};

/** Calls `infer` with the shapes of the inputs if all are known; what it returns are those of the first outputs. */
void inferShapes(TF_ShapeInferenceContext* context, TF_Status* status, std::vector<Shape> (*infer)(const std::vector<Shape>&));

void registerOpDefinition(const OpDefinition& definition, void (*infer)(TF_ShapeInferenceContext*, TF_Status*));
void registerKernel(const char* opName, void* (*create)(TF_OpKernelConstruction*),
                    void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));

/**
 * Op is a class with
 *   static OpDefinition definition();
 *   static std::vector<Shape> infer(const std::vector<Shape>& inputs);  throws OpError if they don't fit each other
 *   explicit Op(const Attributes&);
 *   void compute(const Run&) const;
 */
template <typename Op>
void registerOp() {
  registerOpDefinition(Op::definition(), [](TF_ShapeInferenceContext* context, TF_Status* status) {
    inferShapes(context, status, Op::infer);
  });
  registerKernel(
      Op::definition().name,
      [](TF_OpKernelConstruction* construction) -> void* {
        try {
          return new Op(Attributes(construction));
        } catch (const std::exception& error) {
          Status status;
          TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
          TF_OpKernelConstruction_Failure(construction, status);
          return nullptr;
        }
      },
      [](void* op, TF_OpKernelContext* context) {
        try {
          static_cast<const Op*>(op)->compute(Run(context));
        } catch (const std::exception& error) {
          Status status;
          TF_SetStatus(status, TF_INVALID_ARGUMENT, (std::string(Op::definition().name) + ": " + error.what()).c_str());
          TF_OpKernelContext_Failure(context, status);
        }
      },
      [](void* op) { delete static_cast<Op*>(op); });
}

}  // namespace fused
