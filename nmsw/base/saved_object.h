#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "nmsw/base/safetensors_view.h"

namespace nmsw {

/// A tensor that torch.save wrote: values of a storage, from `offset` on at the distances
/// `strides`, all counted in elements and inside the storage.
struct SavedTensor {
  StoredElement type = StoredElement::f32;
  std::string_view storage;
  int64_t offset = 0;
  std::vector<int64_t> shape, strides;
};

/// Any object that torch.save wrote into a ZIP archive, as far as it is data: containers, numbers
/// and texts as JSON, null where something else stands; and its tensors by the names and indices
/// that lead to them, joined by '/'.
struct SavedObject {
  nlohmann::json values;
  std::map<std::string, SavedTensor> tensors;
};

/// Reads one. No code of the pickle is run and no library reads it: it is safe for files of any
/// origin. The bytes must outlive the result; `name` is for messages. Throws DataError where they
/// are damaged or no such archive. Thread-safe.
SavedObject view_saved_object(std::string_view bytes, const std::string& name);

}  // namespace nmsw
