#include "runners/planning/identity.h"

#include "nmsw/base/digest.h"

namespace nmsw::runners {
namespace {

template <class Spec>
std::string key_of(const char* kind, const Spec& spec) {
  return sha256_hex(std::string(kind) + '\n' + canonical_text(spec));
}

/// What of a data set decides its prepared cases.
DataSpec data_identity(DataSpec data) {
  const DataSpec none;
  if (data.source == DataSource::real) data.phantom = none.phantom;
  data.root.clear();
  data.cache_bytes = none.cache_bytes;
  data.descriptor.title.clear();
  data.descriptor.default_root.clear();
  data.descriptor.class_lists.clear();
  data.descriptor.nsd_tolerance_mm = none.descriptor.nsd_tolerance_mm;
  if (data.source == DataSource::real) data.descriptor.cases.clear();  // `files` says it
  return data;
}

/// A network from a file counts by the file's contents, wherever that lies.
std::string config_identity(const std::string& config_json) {
  if (config_json.empty()) return config_json;
  auto config = nlohmann::ordered_json::parse(config_json);
  if (config.contains("sha256")) config.erase("file");
  return config.dump();
}

NetworkSpec network_identity(NetworkSpec networks) {
  networks.backbone_config = config_identity(networks.backbone_config);
  networks.global_config = config_identity(networks.global_config);
  return networks;
}

}  // namespace

std::string task_key(const TrainSpec& given) {
  TrainSpec spec = given;
  const TrainingConfig plain;
  TrainingConfig& training = spec.training;
  spec.data = data_identity(spec.data);
  spec.networks = network_identity(spec.networks);
  // Two lists of cases that train on the same ones share the training.
  if (spec.data.descriptor.layout == "list") spec.data.descriptor.name.clear();
  training.checkpoint_every_s = plain.checkpoint_every_s;
  training.local = training.global = training.nmsw = SchemeOverrides{};
  if (training.augmentation == Augmentation::none) {
    training.augmentation_translation_scale = plain.augmentation_translation_scale;
  }
  training.initialise_nmsw_from = plain.initialise_nmsw_from;  // `weights` says it
  if (spec.scheme != TrainingScheme::nmsw) {
    spec.overlap = TrainSpec{}.overlap;
    const LabelAlignment alignment = spec.model.label_alignment;
    spec.model = ModelConfig{};
    if (spec.scheme == TrainingScheme::global) spec.model.label_alignment = alignment;
    training.top_k_patches = plain.top_k_patches;
    training.random_patches = plain.random_patches;
    training.random_positive_share = plain.random_positive_share;
    training.patch_loss = plain.patch_loss;
    training.validation_k = plain.validation_k;
  }
  if (spec.scheme != TrainingScheme::local) {
    training.local_patches = plain.local_patches;
    training.positive_share = plain.positive_share;
  }
  if (spec.scheme == TrainingScheme::global) training.foreground_draw = plain.foreground_draw;
  if (spec.scheme == TrainingScheme::local) spec.data.descriptor.downsize_rate_xyz = {1, 1, 1};
  return key_of("train", spec);
}

std::string task_key(const EvaluateSpec& given) {
  EvaluateSpec spec = given;
  spec.data = data_identity(spec.data);
  spec.networks = network_identity(spec.networks);
  return key_of("evaluate", spec);
}

std::string task_key(const ProfileSpec& given) {
  ProfileSpec spec = given;
  spec.networks = network_identity(spec.networks);
  return key_of("profile", spec);
}

}  // namespace nmsw::runners
