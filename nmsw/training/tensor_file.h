#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Tensors by name with a JSON description, the content of every file of ours. On disk: safetensors
/// with a SHA-256 of all of it, the description as text in the metadata. Earlier versions wrote one
/// pickled dict; those files are read as load_state_dict does.
struct TensorFile {
  nlohmann::ordered_json manifest;
  std::map<std::string, Tensor> tensors;
};

/// Whole or not at all. Throws DataError when it cannot be written.
void save_tensor_file(const std::filesystem::path& file, const TensorFile& content);

/// What is known of a file before it is read. Those of earlier versions are pickles without a
/// digest: of `any` origin they are refused, as a damaged one would give other labels unseen.
/// verified   the caller has compared its digest, or wrote it itself
enum class FileOrigin { any, verified };

/// Throws DataError naming the file when it is absent, damaged, of another digest than it carries,
/// or no file of ours.
TensorFile load_tensor_file(const std::filesystem::path& file, FileOrigin origin = FileOrigin::any);

/// Any dict from names to tensors (a state dict), safetensors or pickled; entries of other kinds
/// are refused, and so is a checkpoint of ours. A pickle is read in a child process with limits on memory and time.
std::map<std::string, Tensor> load_state_dict(const std::filesystem::path& file);

/// Throws DataError, naming `source` and the key, where a value is NaN or infinite.
void require_finite(const std::map<std::string, Tensor>& values, const std::string& source);

/// Parameters and buffers of a module by name.
std::map<std::string, Tensor> module_tensors(const torch::nn::Module& module);

/// Copies values into a module. Throws DataError, naming `source` and the keys, when one is
/// missing, surplus or of another shape.
void assign_tensors(torch::nn::Module& module, const std::map<std::string, Tensor>& values,
                    const std::string& source);

}  // namespace nmsw
