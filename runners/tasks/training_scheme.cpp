#include "runners/tasks/training_scheme.h"

namespace nmsw::runners {

std::unique_ptr<Scheme> make_scheme(const TrainSpec& spec, const NetworkSet& networks,
                                    const torch::Device& device) {
  const SchemeSettings settings{spec.training, spec.model,
                                patch_geometry(spec.data.descriptor, spec.overlap), device};
  if (spec.scheme == TrainingScheme::local) return make_local_scheme(networks.local, settings);
  if (spec.scheme == TrainingScheme::global) return make_global_scheme(networks.global, settings);
  return make_nmsw_scheme(networks.nmsw, settings);
}

}  // namespace nmsw::runners
