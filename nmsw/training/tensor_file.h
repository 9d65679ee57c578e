#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Tensors by name with a JSON description, the content of every file of ours. On disk: one pickled
/// dict as `torch.load` reads it, the description as bytes (uint8) under "manifest".
struct TensorFile {
  nlohmann::ordered_json manifest;
  std::map<std::string, Tensor> tensors;
};

/// Whole or not at all. Throws DataError when it cannot be written.
void save_tensor_file(const std::filesystem::path& file, const TensorFile& content);

/// Throws DataError naming the file when it is absent, damaged or no file of ours.
TensorFile load_tensor_file(const std::filesystem::path& file);

/// Any pickled dict from names to tensors (a state dict); entries of other kinds are refused.
std::map<std::string, Tensor> load_state_dict(const std::filesystem::path& file);

/// Parameters and buffers of a module by name.
std::map<std::string, Tensor> module_tensors(const torch::nn::Module& module);

/// Copies values into a module. Throws DataError, naming `source` and the keys, when one is
/// missing, surplus or of another shape.
void assign_tensors(torch::nn::Module& module, const std::map<std::string, Tensor>& values,
                    const std::string& source);

}  // namespace nmsw
