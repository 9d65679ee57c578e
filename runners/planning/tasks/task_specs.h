#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "datasets/layouts/descriptor.h"
#include "datasets/phantoms/phantom.h"
#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/config_fields.h"
#include "nmsw/base/volume.h"
#include "nmsw/config/evaluation_config.h"
#include "nmsw/config/model_config.h"
#include "nmsw/config/training_config.h"

namespace nmsw::runners {

enum class DataSource { phantom, real };

}  // namespace nmsw::runners

template <>
struct nmsw::EnumNames<nmsw::runners::DataSource> {
  static constexpr std::array<std::pair<nmsw::runners::DataSource, const char*>, 2> values{
      {{nmsw::runners::DataSource::phantom, "phantom"}, {nmsw::runners::DataSource::real, "real"}}};
};

namespace nmsw::runners {

// A task's `config_json` is one of these structs, every default filled in, so that who executes the
// task needs nothing else: read_config<TrainSpec>(ConfigNode::parse(record.config_json,
// record.key)). Its key is made in identity.h. `result_format` is result_versions.h's.

/// A task's folder below that of the runs has the first digits of its key for a name.
constexpr size_t kFolderDigits = 16;

/// Where a task's cases come from, and how they are prepared.
///
/// descriptor   the data set with the experiment's settings put in
/// files        fingerprint of the contents of the real files that the task reads; empty for
///              phantoms. An older database's is of names and sizes until `run` takes it over
/// root         folder of the files; of phantoms, the folder they are made in when absent. Not part
///              of a key
/// fit          extents the scheme's network needs (padding, and the authors' fixed volume)
struct DataSpec {
  datasets::DatasetDescriptor descriptor;
  DataSource source = DataSource::real;
  datasets::PhantomConfig phantom;
  std::string files;
  std::string root;
  int64_t cache_bytes = 0;
  datasets::FitConfig fit;
};

template <class Visitor>
void visit_fields(DataSpec& spec, Visitor& v) {
  v.field("descriptor", spec.descriptor, "the data set");
  v.field("source", spec.source, "phantoms or real files");
  v.field("phantom", spec.phantom, "how the phantoms are made");
  v.field("files", spec.files, "fingerprint of the contents of the real files");
  v.field("root", spec.root, "folder of the files");
  v.field("cache_bytes", spec.cache_bytes, not_negative,
          "largest size of the cache of prepared cases");
  v.field("fit", spec.fit, "extents that the network needs");
}

/// The local and the global network. `*_config` is the backbone's own configuration as JSON text.
struct NetworkSpec {
  std::string backbone;
  std::string backbone_config;
  std::string global_backbone;
  std::string global_config;
};

template <class Visitor>
void visit_fields(NetworkSpec& spec, Visitor& v) {
  v.field("backbone", spec.backbone, "local network; empty where the task has none");
  v.field("backbone_config", spec.backbone_config, "its configuration as JSON");
  v.field("global_backbone", spec.global_backbone, "global network; empty where the task has none");
  v.field("global_config", spec.global_config, "its configuration as JSON");
}

/// A training that a task uses: its scheme (local, global, nmsw) and its task key.
struct WeightsRef {
  TrainingScheme role = TrainingScheme::local;
  std::string task_key;
};

template <class Visitor>
void visit_fields(WeightsRef& ref, Visitor& v) {
  v.field("role", ref.role, "scheme of the training");
  v.field("task_key", ref.task_key, "its task");
}

/// One training. `training` has the scheme's own differences put in. `weights`: trainings to start
/// from.
struct TrainSpec {
  int64_t result_format = 1;
  TrainingScheme scheme = TrainingScheme::local;
  DataSpec data;
  NetworkSpec networks;
  ModelConfig model;
  TrainingConfig training;
  double overlap = 0.5;
  std::vector<WeightsRef> weights;
  int64_t seed = 0;
};

template <class Visitor>
void visit_fields(TrainSpec& spec, Visitor& v) {
  v.field("result_format", spec.result_format, "version of the results' meaning");
  v.field("scheme", spec.scheme, "what is trained");
  v.field("data", spec.data, "cases");
  v.field("networks", spec.networks, "networks");
  v.field("model", spec.model, "how NMSW works");
  v.field("training", spec.training, "how it is trained");
  v.field("overlap", spec.overlap, below_one, "overlap of neighbouring candidate patches");
  v.field("weights", spec.weights, "trainings to start from");
  v.field("seed", spec.seed, "root of every random number");
}

inline bool has_auto_k(const std::vector<std::string>& k) {
  return std::find(k.begin(), k.end(), kAutoKName) != k.end();
}

/// One method over the test cases; all of `k` in one ranked pass ("5", "30", "auto", "full"; empty
/// where there is none). `evaluation.nsd_tolerance` is always set; classes of
/// `data.descriptor.nsd_tolerances_mm` have their own (score_options.h).
struct EvaluateSpec {
  int64_t result_format = 1;
  std::string method;
  std::vector<std::string> k;
  DataSpec data;
  NetworkSpec networks;
  ModelConfig model;
  EvaluationConfig evaluation;
  std::vector<WeightsRef> weights;
  int64_t seed = 0;
};

template <class Visitor>
void visit_fields(EvaluateSpec& spec, Visitor& v) {
  v.field("result_format", spec.result_format, "version of the results' meaning");
  v.field("method", spec.method, "inference method");
  v.field("k", spec.k, "numbers of patches scored");
  v.field("data", spec.data, "cases");
  v.field("networks", spec.networks, "networks");
  v.field("model", spec.model, "how NMSW works");
  v.field("evaluation", spec.evaluation, "how cases are segmented and scored");
  v.field("weights", spec.weights, "trainings whose weights are used");
  v.field("seed", spec.seed, "root of every random number");
}

/// Speed, memory and closed forms of one method on one device, with fresh weights.
struct ProfileSpec {
  int64_t result_format = 1;
  std::string method;
  std::vector<std::string> k;
  NetworkSpec networks;
  ModelConfig model;
  Int3 volume_xyz{480, 480, 480};
  Int3 patch_xyz{128, 128, 128};
  Int3 downsize_rate_xyz{3, 3, 3};
  double overlap = 0.5;
  int64_t num_classes = 20;
  std::string device = "cpu";
  int64_t warmup = 1;
  int64_t repeats = 3;
};

template <class Visitor>
void visit_fields(ProfileSpec& spec, Visitor& v) {
  v.field("result_format", spec.result_format, "version of the results' meaning");
  v.field("method", spec.method, "inference method");
  v.field("k", spec.k, "numbers of patches");
  v.field("networks", spec.networks, "networks");
  v.field("model", spec.model, "how NMSW works");
  v.field("volume_xyz", spec.volume_xyz, positive, "voxels of the volume");
  v.field("patch_xyz", spec.patch_xyz, positive, "voxels of a patch");
  v.field("downsize_rate_xyz", spec.downsize_rate_xyz, positive,
          "how much smaller the global input is");
  v.field("overlap", spec.overlap, below_one, "overlap of neighbouring patches");
  v.field("num_classes", spec.num_classes, positive, "classes with background");
  v.field("device", spec.device, "cpu or cuda");
  v.field("warmup", spec.warmup, not_negative, "passes that are not timed");
  v.field("repeats", spec.repeats, not_negative, "timed passes; 0 gives the closed forms only");
}

}  // namespace nmsw::runners
