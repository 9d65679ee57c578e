#include "nmsw/kernels/logits/softmax_loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

/// Voxels accumulated in float32 before the sums go into doubles.
constexpr int64_t kFloatRun = 4096;

/// A vector of voxels; at the end of a volume some lanes are empty.
template <class Floats>
class Voxels {
 public:
  NMSW_INLINE Voxels(const LogitsAndLabel& data, int64_t at, int64_t count)
      : data_(data), at_(at), count_(count) {
    for (int64_t lane = 0; lane < kNumbersIn<Floats>; ++lane) {
      label_[lane] = lane < count ? data.label[at + lane] : -1;
    }
  }
  NMSW_INLINE void load(int64_t c, Floats& logits) const {
    load_lanes(data_.logits + c * data_.voxels + at_, count_, logits);
  }
  NMSW_INLINE void store(int64_t c, const Floats& values, float* to) const {
    store_lanes(values, count_, to + c * data_.voxels + at_);
  }
  /// 1 where the label is c.
  NMSW_INLINE void truth_of(int64_t c, Floats& truth) const {
    truth = label_ == static_cast<int32_t>(c) ? Floats{} + 1.0F : Floats{};
  }
  /// 1 where the lane holds a voxel.
  NMSW_INLINE void presence(Floats& present) const {
    present = label_ >= 0 ? Floats{} + 1.0F : Floats{};
  }

  /// p[c] = e^(logit − largest) of every class, `sum` their sum.
  NMSW_INLINE void exponentials(Floats* p, Floats& largest, Floats& sum) const {
    load(0, largest);
    p[0] = largest;
    for (int64_t c = 1; c < data_.classes; ++c) {
      load(c, p[c]);
      largest = p[c] > largest ? p[c] : largest;
    }
    sum = Floats{};
    for (int64_t c = 0; c < data_.classes; ++c) {
      p[c] -= largest;
      exponentiate(p[c]);
      sum += p[c];
    }
  }

 private:
  const LogitsAndLabel& data_;
  int64_t at_, count_;
  IntsOf<Floats> label_;
};

template <class Floats>
NMSW_INLINE void add_sums(const LogitsAndLabel& data, int64_t begin, int64_t end,
                          const SoftmaxSums& sums) {
  std::array<Floats, kMostClasses> p, shared, predicted, truth;
  for (int64_t run = begin; run < end; run += kFloatRun) {
    const int64_t run_end = std::min(end, run + kFloatRun);
    for (int64_t c = 0; c < data.classes; ++c) shared[c] = predicted[c] = truth[c] = Floats{};
    for (int64_t at = run; at < run_end; at += kNumbersIn<Floats>) {
      const int64_t count = std::min(kNumbersIn<Floats>, run_end - at);
      const Voxels<Floats> voxels(data, at, count);
      Floats largest, sum, true_logit{};
      voxels.exponentials(p.data(), largest, sum);
      Floats share;
      voxels.presence(share);
      share /= sum;
      for (int64_t c = 0; c < data.classes; ++c) {
        const Floats probability = p[c] * share;
        Floats logit, q;
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

template <class Floats>
NMSW_INLINE void write_gradient(const LogitsAndLabel& data, int64_t begin, int64_t end,
                                const SoftmaxLossSlopes& slopes, float* gradient) {
  std::array<Floats, kMostClasses> p;
  for (int64_t at = begin; at < end; at += kNumbersIn<Floats>) {
    const Voxels<Floats> voxels(data, at, std::min(kNumbersIn<Floats>, end - at));
    Floats largest, sum, mean{};
    voxels.exponentials(p.data(), largest, sum);
    const Floats share = 1.0F / sum;
    for (int64_t c = 0; c < data.classes; ++c) {
      p[c] *= share;
      Floats q;
      voxels.truth_of(c, q);
      mean += p[c] * (slopes.offset[c] + slopes.slope[c] * q);
    }
    for (int64_t c = 0; c < data.classes; ++c) {
      Floats q;
      voxels.truth_of(c, q);
      const Floats by_p = slopes.offset[c] + slopes.slope[c] * q;
      voxels.store(c, p[c] * (by_p - mean) + slopes.cross_entropy * (p[c] - q), gradient);
    }
  }
}

NMSW_BY_WIDTH(add_any_sums, add_sums,
              (const LogitsAndLabel& data, int64_t begin, int64_t end, const SoftmaxSums& sums),
              (data, begin, end, sums))
NMSW_BY_WIDTH(write_any_gradient, write_gradient,
              (const LogitsAndLabel& data, int64_t begin, int64_t end,
               const SoftmaxLossSlopes& slopes, float* gradient),
              (data, begin, end, slopes, gradient))

}  // namespace

void add_softmax_sums(const LogitsAndLabel& data, int64_t begin, int64_t end,
                      const SoftmaxSums& sums) {
  add_any_sums(data, begin, end, sums);
}

void softmax_loss_gradient(const LogitsAndLabel& data, int64_t begin, int64_t end,
                           const SoftmaxLossSlopes& slopes, float* gradient) {
  write_any_gradient(data, begin, end, slopes, gradient);
}

}  // namespace nmsw
