#include "nmsw/kernels/softmax_loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kMostClasses = 256;
/// Voxels whose probabilities are added up in float32 before they go into a double.
constexpr int64_t kFloatRun = 4096;

/// Sixteen voxels, the last ones of a volume perhaps fewer.
class Voxels {
 public:
  NMSW_INLINE Voxels(const LogitsAndLabel& data, int64_t at, int64_t count)
      : data_(data), at_(at), count_(count) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      label_[lane] = lane < count ? data.label[at + lane] : -1;
    }
  }
  NMSW_INLINE void load(int64_t c, Lanes& logits) const {
    load_lanes(data_.logits + c * data_.voxels + at_, count_, logits);
  }
  NMSW_INLINE void store(int64_t c, const Lanes& values, float* to) const {
    store_lanes(values, count_, to + c * data_.voxels + at_);
  }
  /// 1 where the label is c.
  NMSW_INLINE void truth_of(int64_t c, Lanes& truth) const {
    truth = label_ == static_cast<int32_t>(c) ? Lanes{} + 1.0F : Lanes{};
  }
  /// 1 where there is a voxel.
  NMSW_INLINE void presence(Lanes& present) const {
    present = label_ >= 0 ? Lanes{} + 1.0F : Lanes{};
  }

  /// p becomes e^(logit − largest) of every class, `sum` their sum.
  NMSW_INLINE void exponentials(Lanes* p, Lanes& largest, Lanes& sum) const {
    load(0, largest);
    p[0] = largest;
    for (int64_t c = 1; c < data_.classes; ++c) {
      load(c, p[c]);
      largest = p[c] > largest ? p[c] : largest;
    }
    sum = Lanes{};
    for (int64_t c = 0; c < data_.classes; ++c) {
      p[c] -= largest;
      exponentiate(p[c]);
      sum += p[c];
    }
  }

 private:
  const LogitsAndLabel& data_;
  int64_t at_, count_;
  IntLanes label_;
};

}  // namespace

NMSW_EVERY_VECTOR_WIDTH
void add_softmax_sums(const LogitsAndLabel& data, int64_t begin, int64_t end,
                      const SoftmaxSums& sums) {
  std::array<Lanes, kMostClasses> p, shared, predicted, truth;
  for (int64_t run = begin; run < end; run += kFloatRun) {
    const int64_t run_end = std::min(end, run + kFloatRun);
    for (int64_t c = 0; c < data.classes; ++c) shared[c] = predicted[c] = truth[c] = Lanes{};
    for (int64_t at = run; at < run_end; at += kLanes) {
      const int64_t count = std::min(kLanes, run_end - at);
      const Voxels voxels(data, at, count);
      Lanes largest, sum, true_logit{};
      voxels.exponentials(p.data(), largest, sum);
      Lanes share;
      voxels.presence(share);
      share /= sum;
      for (int64_t c = 0; c < data.classes; ++c) {
        const Lanes probability = p[c] * share;
        Lanes logit, q;
        voxels.load(c, logit);
        voxels.truth_of(c, q);
        predicted[c] += probability;
        shared[c] += probability * q;
        truth[c] += q;
        true_logit += logit * q;
      }
      for (int64_t lane = 0; lane < count; ++lane) {
        *sums.cross_entropy +=
            std::log(static_cast<double>(sum[lane])) + (largest[lane] - true_logit[lane]);
      }
    }
    for (int64_t c = 0; c < data.classes; ++c) {
      sums.shared[c] += sum_of_lanes(shared[c]);
      sums.predicted[c] += sum_of_lanes(predicted[c]);
      sums.truth[c] += sum_of_lanes(truth[c]);
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH
void softmax_loss_gradient(const LogitsAndLabel& data, int64_t begin, int64_t end,
                           const SoftmaxLossSlopes& slopes, float* gradient) {
  std::array<Lanes, kMostClasses> p;
  for (int64_t at = begin; at < end; at += kLanes) {
    const Voxels voxels(data, at, std::min(kLanes, end - at));
    Lanes largest, sum, mean{};
    voxels.exponentials(p.data(), largest, sum);
    const Lanes share = 1.0F / sum;
    for (int64_t c = 0; c < data.classes; ++c) {
      p[c] *= share;
      Lanes q;
      voxels.truth_of(c, q);
      mean += p[c] * (slopes.offset[c] + slopes.slope[c] * q);
    }
    for (int64_t c = 0; c < data.classes; ++c) {
      Lanes q;
      voxels.truth_of(c, q);
      const Lanes by_p = slopes.offset[c] + slopes.slope[c] * q;
      voxels.store(c, p[c] * (by_p - mean) + slopes.cross_entropy * (p[c] - q), gradient);
    }
  }
}

}  // namespace nmsw
