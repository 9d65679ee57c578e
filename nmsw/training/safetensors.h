#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "nmsw/base/safetensors_view.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// What a file of the safetensors format holds (nmsw/base/safetensors_view.h), as tensors of their
/// own.
struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;
  /// Whether the file carried a SHA-256, which was then found right.
  bool verified = false;
};

/// LibTorch's name of a stored type.
torch::ScalarType tensor_type(StoredElement type);

/// Gives the file's bytes to `put`, part by part: the tensors' contiguous values on the CPU, and
/// beside the other metadata a SHA-256 of everything. Throws ShapeError for a type that the format
/// lacks.
void serialize(const Safetensors& content, const std::function<void(std::string_view)>& put);

/// The content of a file's bytes. Header, offsets and shapes are checked against their number, the
/// digest, where there is one, against the content. `name` is for messages. Throws DataError for
/// anything damaged or of another format. Thread-safe.
Safetensors parse_safetensors(std::string_view bytes, const std::string& name);

}  // namespace nmsw
