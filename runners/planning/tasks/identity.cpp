#include "runners/planning/tasks/identity.h"

#include "nmsw/base/config_identity.h"
#include "nmsw/base/digest.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/catalog.h"

namespace nmsw::runners {
namespace {

template <class Spec>
std::string key_of(const char* kind, const Spec& spec) {
  return sha256_hex(std::string(kind) + '\n' + task_identity(spec).dump());
}

/// Takes a field out of the identity.
template <class T>
void forget(T& field, const T& its_default = T{}) {
  field = its_default;
}

/// What of a data set decides its prepared cases. For real files the fingerprint says which cases
/// there are; how they are padded follows from patch, rate, networks and the result's version.
DataSpec data_identity(DataSpec data) {
  const datasets::DatasetDescriptor plain;
  datasets::DatasetDescriptor& descriptor = data.descriptor;
  forget(data.root);
  forget(data.cache_bytes);
  forget(descriptor.title);
  forget(descriptor.modality, plain.modality);
  forget(descriptor.default_root);
  forget(descriptor.version);
  forget(descriptor.class_lists);
  forget(descriptor.left_right_pairs);
  forget(descriptor.nsd_tolerance_mm, plain.nsd_tolerance_mm);
  for (datasets::ChannelRule& channel : descriptor.channels) forget(channel.name);
  // Each channel has a rule of its own.
  if (!descriptor.channels.empty())
    descriptor.preprocessing = with_rule(descriptor.preprocessing, datasets::ChannelRule{});
  if (data.source == DataSource::real) {
    forget(data.phantom);
    forget(descriptor.phantom);
    forget(descriptor.cases);
    forget(descriptor.split);
  }
  if (data.fit.minimum_xyz == descriptor.patch_xyz) forget(data.fit.minimum_xyz, {1, 1, 1});
  if (data.fit.fixed_xyz == descriptor.fixed_volume_xyz) forget(data.fit.fixed_xyz);
  forget(data.fit.multiple_xyz, {1, 1, 1});
  return data;
}

std::string config_identity(const std::string& backbone, const std::string& config_json) {
  if (config_json.empty()) return config_json;
  return backbone_cost_entry(backbone).identity(ConfigNode::parse(config_json, backbone)).dump();
}

NetworkSpec network_identity(NetworkSpec networks) {
  if (!networks.backbone_config.empty())
    networks.backbone_config = config_identity(networks.backbone, networks.backbone_config);
  if (!networks.global_config.empty())
    networks.global_config = config_identity(networks.global_backbone, networks.global_config);
  return networks;
}

/// The global network that a method without a global pass is charged in the paper's figures alone.
void forget_global(NetworkSpec& networks) {
  forget(networks.global_backbone);
  forget(networks.global_config);
}

/// The fields of the samplers that the model does not have.
void forget_other_samplers(ModelConfig& model) {
  const ModelConfig plain;
  if (model.sampler != Sampler::perturbed_top_k) {
    forget(model.perturbation_samples, plain.perturbation_samples);
    forget(model.perturbation_sigma, plain.perturbation_sigma);
    forget(model.perturbation_sigma_end);
    forget(model.perturbation_normalise, plain.perturbation_normalise);
    forget(model.perturbation_baseline, plain.perturbation_baseline);
  }
  if (model.sampler != Sampler::soft_top_k) {
    forget(model.transport_normalise, plain.transport_normalise);
    forget(model.transport_exploration, plain.transport_exploration);
  }
  if (model.sampler != Sampler::soft_top_k || model.transport_normalise != TransportNormalise::max)
    forget(model.transport_epsilon, plain.transport_epsilon);
  if (model.sampler != Sampler::attention)
    forget(model.attention_smoothing, plain.attention_smoothing);
  const bool by_loss = model.sampler == Sampler::score_function;
  if (!by_loss) {
    forget(model.score_function_baseline, plain.score_function_baseline);
    forget(model.score_function_weight, plain.score_function_weight);
  }
  if (!by_loss || model.score_function_baseline != ScoreFunctionBaseline::leave_one_out)
    forget(model.score_function_draws, plain.score_function_draws);
  if (trains_through_image(model.sampler)) {
    forget(model.draw_with_replacement, plain.draw_with_replacement);
  } else {
    forget(model.estimator, plain.estimator);
    forget(model.soft_scaling, plain.soft_scaling);
    forget(model.tau_start, plain.tau_start);
    forget(model.tau_end, plain.tau_end);
  }
  if (model.sampler != Sampler::error_map) {
    forget(model.error_map_weight, plain.error_map_weight);
  } else {
    forget(model.draw_with_replacement, plain.draw_with_replacement);
    forget(model.mask, plain.mask);
    forget(model.background_probability, plain.background_probability);
    forget(model.log_probability, plain.log_probability);
    forget(model.entropy_multiplier, plain.entropy_multiplier);
    forget(model.entropy_sign, plain.entropy_sign);
  }
  if (draws_exactly(model.sampler)) forget(model.drawn_removal, plain.drawn_removal);
}

/// The model's fields that count under its own choices.
ModelConfig model_identity(ModelConfig model) {
  const ModelConfig plain;
  forget_other_samplers(model);
  if (model.aggregation != AggregationKind::class_weight) {
    forget(model.class_weight_start, plain.class_weight_start);
    forget(model.class_weight_minimum, plain.class_weight_minimum);
    forget(model.class_weight_maximum, plain.class_weight_maximum);
  }
  if (model.entropy_multiplier == 0) forget(model.entropy_sign, plain.entropy_sign);
  return model;
}

/// What a scheme's training reads of the model.
ModelConfig trained_model(const ModelConfig& model, TrainingScheme scheme) {
  if (scheme == TrainingScheme::nmsw) return model_identity(model);
  ModelConfig read;
  if (scheme == TrainingScheme::global) read.label_alignment = model.label_alignment;
  return read;
}

/// What a method's inference reads of the model; of one that the list lacks, all.
ModelConfig inferred_model(const ModelConfig& model, const Method* method) {
  if (method == nullptr || method->model == ModelKeys::all) return model_identity(model);
  ModelConfig read;
  if (method->model == ModelKeys::mask) read.mask = model.mask;
  return read;
}

TrainingConfig training_identity(TrainingConfig training, TrainingScheme scheme) {
  const TrainingConfig plain;
  forget(training.checkpoint_every_s, plain.checkpoint_every_s);
  forget(training.data_workers);
  forget(training.local);
  forget(training.global);
  forget(training.nmsw);
  // `weights` says it.
  forget(training.initialise_nmsw_from, plain.initialise_nmsw_from);
  forget(training.equal_local_steps, plain.equal_local_steps);
  if (training.augmentation == Augmentation::none) {
    forget(training.augmentation_translation_scale, plain.augmentation_translation_scale);
  }
  if (scheme != TrainingScheme::local) {
    forget(training.local_patches, plain.local_patches);
    forget(training.positive_share, plain.positive_share);
  }
  if (scheme != TrainingScheme::nmsw) {
    forget(training.top_k_patches, plain.top_k_patches);
    forget(training.random_patches, plain.random_patches);
    forget(training.random_positive_share, plain.random_positive_share);
    forget(training.patch_loss, plain.patch_loss);
    forget(training.validation_k, plain.validation_k);
    forget(training.class_weight_lr_factor, plain.class_weight_lr_factor);
    forget(training.score_lr_factor, plain.score_lr_factor);
  }
  if (scheme == TrainingScheme::global) forget(training.foreground_draw, plain.foreground_draw);
  return training;
}

/// Whether a method looks at the volume at low resolution; one that the list lacks may.
bool has_global_pass(const Method* method) { return method == nullptr || method->has_global_pass; }

}  // namespace

nlohmann::json task_identity(const TrainSpec& given) {
  TrainSpec spec = given;
  spec.data = data_identity(spec.data);
  spec.networks = network_identity(spec.networks);
  spec.model = trained_model(spec.model, spec.scheme);
  spec.training = training_identity(spec.training, spec.scheme);
  forget(spec.data.descriptor.nsd_tolerances_mm);
  // Two lists of cases that train on the same ones share the training, and so do two numbers of
  // phantoms to test on.
  if (spec.data.descriptor.layout == "list") forget(spec.data.descriptor.name);
  forget(spec.data.phantom.test_cases, datasets::PhantomConfig{}.test_cases);
  if (spec.scheme != TrainingScheme::nmsw) forget(spec.overlap, TrainSpec{}.overlap);
  if (spec.scheme == TrainingScheme::local)
    forget(spec.data.descriptor.downsize_rate_xyz, datasets::DatasetDescriptor{}.downsize_rate_xyz);
  return identity_value(spec);
}

nlohmann::json task_identity(const EvaluateSpec& given) {
  EvaluateSpec spec = given;
  spec.data = data_identity(spec.data);
  spec.networks = network_identity(spec.networks);
  const Method* method = find_method(spec.method);
  spec.model = inferred_model(spec.model, method);
  const EvaluationConfig plain;
  if (method == nullptr || !method->takes_order()) forget(spec.evaluation.order, plain.order);
  if (spec.evaluation.order != PatchOrder::coverage) {
    forget(spec.evaluation.gain, plain.gain);
    forget(spec.evaluation.discount, plain.discount);
  }
  if (!is_drawn(spec.evaluation.order)) forget(spec.evaluation.draw, plain.draw);
  const bool by_mass = has_auto_k(spec.k) && spec.evaluation.order == PatchOrder::scores;
  if (!has_auto_k(spec.k) || by_mass) forget(spec.evaluation.auto_left, plain.auto_left);
  if (!by_mass) forget(spec.evaluation.mass_left);
  if (!has_global_pass(method)) {
    forget_global(spec.networks);
    forget(spec.data.descriptor.downsize_rate_xyz, datasets::DatasetDescriptor{}.downsize_rate_xyz);
  }
  return identity_value(spec);
}

nlohmann::json task_identity(const ProfileSpec& given) {
  ProfileSpec spec = given;
  spec.networks = network_identity(spec.networks);
  const Method* method = find_method(spec.method);
  spec.model = inferred_model(spec.model, method);
  if (!has_global_pass(method)) {
    forget_global(spec.networks);
    forget(spec.downsize_rate_xyz, ProfileSpec{}.downsize_rate_xyz);
  }
  return identity_value(spec);
}

std::string task_key(const TrainSpec& spec) { return key_of("train", spec); }
std::string task_key(const EvaluateSpec& spec) { return key_of("evaluate", spec); }
std::string task_key(const ProfileSpec& spec) { return key_of("profile", spec); }

}  // namespace nmsw::runners
