#pragma once

#include <map>
#include <string>

#include "nmsw/base/saved_object.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The tensors of an object whose names begin with `prefix`, without it: contiguous copies.
std::map<std::string, Tensor> saved_tensors(const SavedObject& object, const std::string& prefix);

}  // namespace nmsw
