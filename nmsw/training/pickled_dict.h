#pragma once

#include <map>
#include <string>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A state dict that torch.save wrote, from a file's bytes; `name` is the file, for messages. A
/// pickle is a program: it is run in a child process with limits on memory and time
/// (nmsw/base/limited_child.h), which hands back nothing but named tensors.
///
/// throws   DataError where the bytes are damaged, hold anything but a plain dict from names to
///          tensors, or need more than the limits
std::map<std::string, Tensor> read_pickled_dict(const std::string& bytes, const std::string& name);

}  // namespace nmsw
