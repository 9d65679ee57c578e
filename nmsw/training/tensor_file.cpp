#include "nmsw/training/tensor_file.h"

#include <fstream>

#include <torch/csrc/jit/serialization/pickle.h>

#include "nmsw/base/atomic_file.h"

namespace nmsw {
namespace {

constexpr const char* kManifest = "manifest";

Tensor text_tensor(const std::string& text) {
  Tensor bytes = torch::empty({static_cast<int64_t>(text.size())}, torch::kUInt8);
  std::copy(text.begin(), text.end(), bytes.data_ptr<uint8_t>());
  return bytes;
}

std::string sizes_text(const Tensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.sizes())
    text += (text.empty() ? "" : ",") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace

void save_tensor_file(const std::filesystem::path& file, const TensorFile& content) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::TensorType::get());
  dict.insert(kManifest, text_tensor(content.manifest.dump()));
  for (const auto& [name, tensor] : content.tensors) {
    dict.insert(name, tensor.detach().to(torch::kCPU).contiguous());
  }
  const std::vector<char> bytes = torch::jit::pickle_save(dict);
  write_atomically(file, [&](const std::filesystem::path& temporary) {
    std::ofstream stream(temporary, std::ios::binary);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!stream.flush()) {
      throw DataError("{}: cannot be written; check the folder and the free space", file.string());
    }
  });
}

std::map<std::string, Tensor> load_state_dict(const std::filesystem::path& file) {
  std::map<std::string, Tensor> tensors;
  try {
    const auto dict = torch::jit::pickle_load(read_bytes(file)).toGenericDict();
    for (const auto& entry : dict) {
      if (!entry.value().isTensor()) {
        throw DataError("{}: '{}' is no tensor; save a plain dict from names to tensors",
                        file.string(), entry.key().isString() ? entry.key().toStringRef() : "?");
      }
      tensors.emplace(entry.key().toStringRef(), entry.value().toTensor());
    }
  } catch (const c10::Error& fault) {
    throw DataError(
        "{}: is damaged or holds no plain dict of tensors ({}); in Python: "
        "torch.save(dict(state_dict), file)",
        file.string(), std::string(fault.what_without_backtrace()).substr(0, 120));
  }
  return tensors;
}

TensorFile load_tensor_file(const std::filesystem::path& file) {
  TensorFile content;
  content.tensors = load_state_dict(file);
  const auto found = content.tensors.find(kManifest);
  if (found == content.tensors.end() || found->second.scalar_type() != torch::kUInt8) {
    throw DataError("{}: is no checkpoint of this program; make one with nmsw run or nmsw import",
                    file.string());
  }
  const Tensor bytes = found->second.contiguous();
  const std::string text(reinterpret_cast<const char*>(bytes.data_ptr<uint8_t>()),
                         static_cast<size_t>(bytes.numel()));
  content.tensors.erase(found);
  try {
    content.manifest = nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::json::exception&) {
    throw DataError("{}: its description is damaged; make the checkpoint again", file.string());
  }
  return content;
}

std::map<std::string, Tensor> module_tensors(const torch::nn::Module& module) {
  std::map<std::string, Tensor> tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace(item.key(), item.value());
  for (const auto& item : module.named_buffers()) tensors.emplace(item.key(), item.value());
  return tensors;
}

void assign_tensors(torch::nn::Module& module, const std::map<std::string, Tensor>& values,
                    const std::string& source) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, Tensor> targets = module_tensors(module);
  for (const auto& [name, target] : targets) {
    const auto found = values.find(name);
    if (found == values.end()) {
      throw DataError("{}: the key '{}' is missing; is it of the same network configuration?",
                      source, name);
    }
    if (found->second.sizes() != target.sizes()) {
      throw DataError(
          "{}: '{}' has the shape {}, the network needs {}; is it of the same configuration?",
          source, name, sizes_text(found->second), sizes_text(target));
    }
  }
  for (const auto& [name, value] : values) {
    if (targets.count(name) == 0) {
      throw DataError(
          "{}: the key '{}' is surplus, the network has none of that name; is it of the same "
          "configuration?",
          source, name);
    }
  }
  for (auto& [name, target] : targets) target.copy_(values.at(name));
}

}  // namespace nmsw
