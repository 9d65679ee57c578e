#include "runners/tasks/evaluation_pass.h"

#include "nmsw/base/seed.h"
#include "runners/planning/forecast/prediction.h"

namespace nmsw::runners {

NetworkSet evaluated_networks(const EvaluateSpec& spec, const TaskContext& context) {
  NetworkSet set;
  for (const WeightsRef& ref : spec.weights) {
    const LoadedModel model =
        load_model(context.checkpoint_of(ref.task_key), context.device, FileOrigin::verified);
    if (ref.role == TrainingScheme::local) set.local = model.networks.local;
    if (ref.role == TrainingScheme::global) set.global = model.networks.global;
    if (ref.role == TrainingScheme::nmsw) set = model.networks;
  }
  return set;
}

SegmenterRequest evaluation_request(const EvaluateSpec& spec, const torch::Device& device) {
  SegmenterRequest request;
  request.method = spec.method;
  request.k = spec.k;
  request.geometry = patch_geometry(spec.data.descriptor, spec.evaluation.overlap);
  request.model = spec.model;
  request.num_classes = datasets::num_classes(spec.data.descriptor);
  request.plan.batch = patch_batch(device);
  request.with_global = true;
  request.seed = derive_seed(static_cast<uint64_t>(spec.seed), {"test"});
  request.noise_at_test = spec.evaluation.noise_at_test;
  request.ranking = spec.evaluation.ranking();
  return request;
}

}  // namespace nmsw::runners
