#include "runners/planning/tasks/score_options.h"

namespace nmsw::runners {

ScoreOptions score_options(const EvaluateSpec& spec) {
  const datasets::DatasetDescriptor& descriptor = spec.data.descriptor;
  ScoreOptions options;
  options.num_classes = datasets::num_classes(descriptor);
  options.tolerance = spec.evaluation.nsd_tolerance.value_or(2);
  options.unit = spec.evaluation.nsd_unit;
  options.absent = spec.evaluation.absent_class;
  for (const auto& [name, tolerance_mm] : descriptor.nsd_tolerances_mm) {
    if (const auto index = datasets::class_index(descriptor, name))
      options.class_tolerances[*index] = tolerance_mm;
  }
  return options;
}

}  // namespace nmsw::runners
