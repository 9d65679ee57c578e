#include "nmsw/kernels/softmax_loss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "nmsw/kernels/vector_width.h"

namespace nmsw {
namespace {

constexpr int64_t kMostClasses = 256;
/// Voxels whose probabilities are added up in float32 before they go into a double.
constexpr int64_t kFloatRun = 4096;

// Vectors go by reference: how they are passed by value depends on the instruction set.

/// x becomes e^x; x ≤ 0. Two parts of ln 2 and the polynomial of Cephes' expf, 2 ulp.
NMSW_INLINE void exponentiate(Lanes& x) {
  constexpr float kLeast = -87.0F, kRound = 12582912.0F;
  const Lanes least = Lanes{} + kLeast;
  x = x > least ? x : least;
  const Lanes power = (x * 1.44269504088896341F + kRound) - kRound;
  const Lanes r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
  Lanes y = Lanes{} + 1.9875691500e-4F;
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * r * r + r + 1.0F;
  const IntLanes bits = (__builtin_convertvector(power, IntLanes) + 127) << 23;
  Lanes scale;
  std::memcpy(&scale, &bits, sizeof(scale));
  x = y * scale;
}

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
    const float* from = data_.logits + c * data_.voxels + at_;
    if (count_ == kLanes) {
      std::memcpy(&logits, from, sizeof(logits));
    } else {
      logits = Lanes{};
      std::memcpy(&logits, from, static_cast<size_t>(count_) * sizeof(float));
    }
  }
  NMSW_INLINE void store(int64_t c, const Lanes& values, float* to) const {
    std::memcpy(to + c * data_.voxels + at_, &values, static_cast<size_t>(count_) * sizeof(float));
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

NMSW_INLINE double sum_of(const Lanes& lanes) {
  double sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

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
      sums.shared[c] += sum_of(shared[c]);
      sums.predicted[c] += sum_of(predicted[c]);
      sums.truth[c] += sum_of(truth[c]);
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
