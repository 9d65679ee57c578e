#include "nmsw/training/tensor_file.h"

#include <fstream>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/manifest.h"
#include "nmsw/base/safetensors_view.h"
#include "nmsw/base/zip_check.h"
#include "nmsw/training/pickled_dict.h"
#include "nmsw/training/safetensors.h"

namespace nmsw {
namespace {

/// In the pickled dicts of earlier versions, as bytes.
constexpr const char* kPickledManifest = "manifest";

std::string sizes_text(const Tensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.sizes())
    text += (text.empty() ? "" : ",") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace

void save_tensor_file(const std::filesystem::path& file, const TensorFile& content) {
  const Safetensors stored{{{"format", "pt"}, {kManifestKey, content.manifest.dump()}},
                           content.tensors};
  write_atomically(file, [&](const std::filesystem::path& temporary) {
    std::ofstream stream(temporary, std::ios::binary);
    serialize(stored, [&](std::string_view bytes) {
      stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
    if (!stream.flush()) {
      throw DataError("{}: cannot be written; check the folder and the free space", file.string());
    }
  });
}

std::map<std::string, Tensor> load_state_dict(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (!is_safetensors(bytes)) return read_pickled_dict(bytes, file.string());
  Safetensors stored = parse_safetensors(bytes, file.string());
  if (stored.metadata.count(kManifestKey) > 0) {
    throw DataError("{}: is a checkpoint of this program, no state dict; use it as it is",
                    file.string());
  }
  return std::move(stored.tensors);
}

TensorFile load_tensor_file(const std::filesystem::path& file, FileOrigin origin) {
  const auto refuse = [&]() {
    throw DataError(
        "{}: is damaged, or no checkpoint of this program; make one with nmsw run or nmsw import",
        file.string());
  };
  const std::string bytes = read_file(file);
  TensorFile content;
  std::string manifest;
  if (is_safetensors(bytes)) {
    Safetensors stored = parse_safetensors(bytes, file.string());
    if (!stored.verified || stored.metadata.count(kManifestKey) == 0) refuse();
    manifest = stored.metadata.at(kManifestKey);
    content.tensors = std::move(stored.tensors);
  } else {
    if (origin == FileOrigin::any) {
      if (!is_zip(bytes)) refuse();
      throw DataError(
          "{}: is a pickle without a digest, as earlier versions wrote checkpoints; convert it: "
          "nmsw "
          "import --from OLD.pt --out NEW.safetensors",
          file.string());
    }
    content.tensors = read_pickled_dict(bytes, file.string());
    const auto found = content.tensors.find(kPickledManifest);
    if (found == content.tensors.end() || found->second.scalar_type() != torch::kUInt8) refuse();
    const Tensor text = found->second;
    manifest.assign(reinterpret_cast<const char*>(text.data_ptr<uint8_t>()),
                    static_cast<size_t>(text.numel()));
    content.tensors.erase(found);
  }
  content.manifest = parse_manifest(manifest, file.string());
  return content;
}

void require_finite(const std::map<std::string, Tensor>& values, const std::string& source) {
  for (const auto& [name, value] : values) {
    if (!value.is_floating_point() || torch::isfinite(value).all().item<bool>()) continue;
    throw DataError(
        "{}: '{}' holds numbers that are not finite; the training went astray (lower "
        "training.learning_rate) or the file is damaged",
        source, name);
  }
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
