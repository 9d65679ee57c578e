#include "runners/planning/forecast/prediction.h"

#include <algorithm>
#include <limits>

#include "nmsw/config/evaluation_config.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/float_bytes.h"
#include "nmsw/cost/patch_count.h"

namespace nmsw::runners {
namespace {

/// Eager 3-D convolutions of LibTorch: about what one current CPU thread, and one large GPU, get
/// through.
constexpr double kGigamacsPerThread = 20;
constexpr double kGigamacsOnGpu = 4000;
/// Zoom-out's maps of a byte a voxel besides its label map: the coarse one, and what is contested.
constexpr int64_t kZoomOutMaps = 2;

Int3 at_least(Int3 extent, Int3 minimum) {
  for (size_t axis = 0; axis < 3; ++axis) extent[axis] = std::max(extent[axis], minimum[axis]);
  return extent;
}

int64_t patches_through_local(const PassInput& input, int64_t total) {
  const Method& method = method_named(input.method);
  if (method.patches == PatchUse::one_per_class) return input.num_classes - 1;
  if (input.k.empty() || input.k == "full" || input.k == kAutoKName) return total;
  return std::min<int64_t>(std::stoll(input.k), total);
}

int64_t voxels(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

Int3 flipped(Int3 extent) { return {extent[2], extent[1], extent[0]}; }

/// Blocks whose logits an ensemble holds at a time, in as many copies.
constexpr int64_t kMergedBlocks = 128, kMergedCopies = 4;

/// What the other networks of an ensemble hold meanwhile: weights, coarse logits, sums, blocks that
/// are merged, and at most a front of finished blocks that wait for them.
void add_members(const PassInput& input, MethodMemoryInput& memory) {
  if (input.members == 1) return;
  memory.local_bytes += input.other_weight_bytes;
  memory.global_bytes += input.other_weight_bytes;
  memory.global_voxels *= input.members;
  const int64_t front =
      most_open_blocks(flipped(memory.volume_xyz), flipped(input.volume.patch_xyz),
                       input.volume.overlap, input.plan.bands, std::numeric_limits<int64_t>::max());
  memory.open_blocks = memory.open_blocks * input.members + front + kMergedBlocks * kMergedCopies;
}

/// Host memory of the pass; 0 where a network's is not known.
int64_t peak_bytes(const PassInput& input, const BackboneCostModel& local,
                   const BackboneCostModel& global) {
  const Int3 patch = input.volume.patch_xyz;
  const Method& method = method_named(input.method);
  const bool zooms = method.patches == PatchUse::one_per_class;
  MethodMemoryInput memory;
  memory.num_classes = input.num_classes;
  memory.in_channels = input.in_channels;
  memory.local_bytes =
      input.plan.batch * local.peak_bytes(input.in_channels, input.num_classes, patch);
  if (memory.local_bytes == 0) return 0;
  if (method.runs_nmsw() && input.aggregation == AggregationKind::conv) {
    memory.local_bytes =
        std::max(memory.local_bytes, conv_aggregation_peak_bytes(input.num_classes, patch));
  }
  const int64_t kept = zooms ? input.num_classes - 1 : input.kept_patches;
  memory.local_bytes += kBytesPerFloat * kept * input.num_classes * voxels(patch);
  memory.volume_xyz = at_least(input.volume.volume_xyz, patch);
  if (memory.volume_xyz != input.volume.volume_xyz)
    memory.unpadded_voxels = voxels(input.volume.volume_xyz);
  if (method.has_global_pass) {
    const Int3 coarse =
        coarse_extent(memory.volume_xyz, input.volume.downsize_rate_xyz, global.size_multiple);
    memory.global_bytes = global.peak_bytes(input.in_channels, input.num_classes, coarse);
    memory.global_voxels = voxels(coarse);
  }
  if (zooms) {
    memory.local_bytes += kZoomOutMaps * voxels(memory.volume_xyz);
  } else {
    memory.open_blocks = most_open_blocks(
        flipped(memory.volume_xyz), flipped(patch), input.volume.overlap, input.plan.bands,
        patches_through_local(input, std::numeric_limits<int64_t>::max()));
  }
  add_members(input, memory);
  return method_peak_bytes(memory);
}

}  // namespace

PassVolume pass_volume(const datasets::DatasetDescriptor& descriptor, double overlap,
                       Int3 volume_xyz) {
  return {volume_xyz, descriptor.patch_xyz, descriptor.downsize_rate_xyz, overlap};
}

PassInput::PassInput(std::string where_, std::string method_, std::string k_,
                     const PassVolume& volume_, int64_t num_classes_, const ModelConfig& model,
                     const PassPlan& plan_, int64_t kept_patches_)
    : where(std::move(where_)),
      method(std::move(method_)),
      k(std::move(k_)),
      volume(volume_),
      num_classes(num_classes_),
      aggregation(model.aggregation),
      plan(plan_),
      kept_patches(kept_patches_) {}

void require_patch(Int3 patch_xyz, const BackboneCostModel& local, const std::string& where) {
  if (local.only_extent_xyz && *local.only_extent_xyz != patch_xyz) {
    const Int3 only = *local.only_extent_xyz;
    throw ConfigError(
        "{}a patch of {}x{}x{} voxels does not fit {}, which is made for {}x{}x{}; set "
        "networks.{}.size_xyz to the patch",
        where, patch_xyz[0], patch_xyz[1], patch_xyz[2], local.name, only[0], only[1], only[2],
        local.name);
  }
  for (const int64_t size : patch_xyz) {
    if (size % local.size_multiple != 0) {
      throw ConfigError(
          "{}a patch of {} voxels does not fit {}, which needs a multiple of {}; choose such a "
          "patch size, or fewer levels",
          where, size, local.name, local.size_multiple);
    }
  }
}

Int3 coarse_extent(Int3 volume_xyz, Int3 downsize_rate_xyz, int64_t size_multiple) {
  Int3 extent{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t size = volume_xyz[axis] / downsize_rate_xyz[axis];
    extent[axis] = (size + size_multiple - 1) / size_multiple * size_multiple;
  }
  return extent;
}

PassPrediction predict_cost(const PassInput& input, const BackboneCostModel& local,
                            const BackboneCostModel& global) {
  const Int3 patch = input.volume.patch_xyz;
  require_patch(patch, local, input.where);
  const Int3 volume = at_least(input.volume.volume_xyz, patch);
  const Int3 coarse = coarse_extent(volume, input.volume.downsize_rate_xyz, global.size_multiple);
  PassPrediction prediction;
  prediction.patches_total = patches_total(volume, patch, input.volume.overlap);
  prediction.patches_used = patches_through_local(input, prediction.patches_total);
  MethodCostInput cost;
  cost.method = input.method;
  cost.local_patch = local.cost(input.in_channels, input.num_classes, patch);
  cost.global_pass = global.cost(input.in_channels, input.num_classes, coarse);
  cost.patches_total = prediction.patches_total;
  cost.patches_used = prediction.patches_used;
  cost.num_classes = input.num_classes;
  cost.score_channels = global.score_channels;
  cost.aggregation = input.aggregation;
  cost.patch = patch;
  prediction.cost = method_cost(cost);
  return prediction;
}

PassPrediction predict_pass(const PassInput& input, const BackboneCostModel& local,
                            const BackboneCostModel& global) {
  PassPrediction prediction = predict_cost(input, local, global);
  prediction.peak_bytes = peak_bytes(input, local, global);
  return prediction;
}

double rough_seconds(double macs, const std::string& device, int64_t threads) {
  const bool gpu = device.rfind("cuda", 0) == 0;
  return predicted_seconds(
      macs, gpu ? kGigamacsOnGpu
                : kGigamacsPerThread * static_cast<double>(std::max<int64_t>(threads, 1)));
}

}  // namespace nmsw::runners
