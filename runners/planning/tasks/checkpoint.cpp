#include "runners/planning/tasks/checkpoint.h"

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/manifest.h"
#include "nmsw/base/safetensors_view.h"
#include "nmsw/base/zip_check.h"

namespace nmsw::runners {
namespace {

bool is_floating(StoredElement type) {
  return type == StoredElement::f64 || type == StoredElement::f32 || type == StoredElement::f16 ||
         type == StoredElement::bf16;
}

int64_t count_of(const StoredTensor& tensor) {
  int64_t count = 1;
  for (const int64_t size : tensor.shape) count *= size;
  return count;
}

}  // namespace

NetworkDescription described_network(const nlohmann::ordered_json& manifest,
                                     const std::string& file) {
  if (!manifest.contains("network")) {
    throw DataError(
        "{}: is the state of a training, not a finished network; give the model.safetensors beside "
        "it",
        file);
  }
  const auto format = manifest.find("format");
  if (format != manifest.end() &&
      (!format->is_number_integer() || format->get<int64_t>() > kCheckpointFormat)) {
    throw DataError("{}: was written by a newer version of the program; update it", file);
  }
  auto description =
      read_config<NetworkDescription>(ConfigNode::parse(manifest.at("network").dump(), file));
  // Older trainings padded whole volumes for the global network's sake; patches lie elsewhere then.
  datasets::FitConfig& fit = description.data.fit;
  if (!fit.fixed_xyz) fit.multiple_xyz = {1, 1, 1};
  return description;
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  const std::string name = file.string(), bytes = read_file(file);
  if (!is_safetensors(bytes)) {
    if (is_zip(bytes)) {
      throw DataError(
          "{}: is a pickle or a TorchScript file; make a checkpoint of it: nmsw import --from {} "
          "--out NEW.safetensors",
          name, name);
    }
    throw DataError(
        "{}: is damaged, or no checkpoint of this program; make one with nmsw run or nmsw import",
        name);
  }
  const SafetensorsView view = view_safetensors(bytes, name);
  const auto manifest = view.metadata.find(kManifestKey);
  if (manifest == view.metadata.end()) {
    throw DataError(
        "{}: holds weights alone, without a description of their network; give it one: nmsw import "
        "--from {} --config MODEL.yaml --out NEW.safetensors",
        name, name);
  }
  if (!view.verified) {
    throw DataError("{}: carries no SHA-256 of its contents; restore it from a copy", name);
  }
  Checkpoint checkpoint;
  checkpoint.description = described_network(parse_manifest(manifest->second, name), name);
  for (const auto& [tensor_name, tensor] : view.tensors) {
    ++checkpoint.tensors;
    if (is_floating(tensor.type)) checkpoint.weights += count_of(tensor);
  }
  checkpoint.bytes = static_cast<int64_t>(bytes.size());
  checkpoint.sha256 = sha256_hex(bytes);
  return checkpoint;
}

}  // namespace nmsw::runners
