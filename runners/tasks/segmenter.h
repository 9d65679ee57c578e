#pragma once

#include <string>
#include <vector>

#include "datasets/preparation/preprocess.h"
#include "nmsw/inference/time_budget.h"
#include "runners/tasks/networks.h"

namespace nmsw::runners {

/// A method with its networks, ready for volumes.
struct SegmenterRequest {
  std::string method;
  /// "" for methods without.
  std::vector<std::string> k;
  PatchGeometry geometry;
  ModelConfig model;
  int64_t num_classes = 0;
  PassPlan plan;
  uint64_t seed = 0;
  bool noise_at_test = false;
  OrderSettings ranking{};
  /// The networks are not trained: what depends on their predictions is set for timing.
  bool drawn_weights = false;
  /// Also the global prediction alone, under the k `results::kGlobalK`, where the method starts
  /// from one.
  bool with_global = false;
};

struct NamedSegmentation {
  std::string k;
  Segmentation segmentation;
};

/// One network of an ensemble.
struct SegmenterMember {
  SegmenterRequest request;
  const NetworkSet* networks = nullptr;
};

class Segmenter {
 public:
  /// The mean of the members' probabilities; their k's are the first's. Throws ConfigError as
  /// below, and for a method that gives labels only.
  explicit Segmenter(const std::vector<SegmenterMember>& members);
  /// Throws ConfigError for an unknown method or where a network it needs is absent.
  Segmenter(const SegmenterRequest& request, const NetworkSet& networks);
  /// One result for each k in their order, from one pass where the method ranks its patches; then
  /// the global prediction, if asked for. volume [1,1,D,H,W].
  /// label, uint8 [D,H,W]: for an order that needs it.
  std::vector<NamedSegmentation> segment(const Tensor& volume, const Tensor& label = {});
  /// The first patches of the last k that fit into a time budget; for a method that ranks its
  /// patches.
  Segmentation segment_within(const Tensor& volume, const TimeBudget& budget);

 private:
  std::vector<std::string> k_;
  bool with_global_;
  std::unique_ptr<InferenceMethod> method_;
};

/// A prediction as a label map on the prepared grid.
LabelVolume to_label_volume(const Tensor& labels, const Geometry& geometry);

/// Seconds by the stage names of the interface.
std::vector<std::pair<std::string, double>> stage_list(const StageSeconds& stages);

}  // namespace nmsw::runners
