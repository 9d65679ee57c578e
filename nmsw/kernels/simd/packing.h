#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/kernels/simd/fma_products.h"

namespace nmsw {

/// count / unit, rounded up.
constexpr int64_t ceil_div(int64_t count, int64_t unit) { return (count + unit - 1) / unit; }

/// Divides channels into blocks of at most `most`, as evenly as possible: 17 by 6 is 6 + 6 + 5.
struct ChannelBlocks {
  int64_t count, least, longer;
  ChannelBlocks(int64_t channels, int64_t most)
      : count(ceil_div(channels, most)), least(channels / count), longer(channels % count) {}
  int64_t size(int64_t block) const { return least + (block < longer ? 1 : 0); }
};

/// One thread's share of packing a weight: every `count`th block of output channels.
struct PackShare {
  int64_t index = 0, count = 1;
  bool takes(int64_t block) const { return block % count == index; }
};

/// Packs Winograd weights as [block of output channels][part][element of input channels][3 taps
/// along x][output channel of the block]. find(o, c, tap, parts) gives the kParts transformed
/// weights (along z and y) of one tap along x. Only the blocks of `share` are written.
template <int64_t kMost, int64_t kParts, class Element, class Find>
void pack_parts(int64_t in, int64_t out, Find find, Element* packed, PackShare share) {
  constexpr int64_t kTaps = 3, kTogether = kChannelsOf<Element>;
  const ChannelBlocks blocks(out, kMost);
  const int64_t part_step = kTaps * elements_of<Element>(in);
  for (int64_t b = 0, first = 0; b < blocks.count; first += blocks.size(b++)) {
    const int64_t count = blocks.size(b);
    for (int64_t c = 0; share.takes(b) && c < in; c += kTogether) {
      // Parts are far apart in memory: gathered here first, as writing them one number at a time
      // would miss the cache.
      Element found[kParts][kTaps * kMost];
      for (int64_t i = 0; i < kTaps * count; ++i) {
        float parts[2][kParts] = {};
        for (int64_t channel = c; channel < std::min(in, c + kTogether); ++channel) {
          find(first + i % count, channel, i / count, parts[channel - c]);
        }
        for (int64_t p = 0; p < kParts; ++p) {
          const float numbers[] = {parts[0][p], parts[1][p]};
          found[p][i] = element_of<Element>(numbers);
        }
      }
      for (int64_t p = 0; p < kParts; ++p) {
        std::copy_n(found[p], kTaps * count,
                    packed + (p * part_step + c / kTogether * kTaps) * count);
      }
    }
    packed += kParts * part_step * count;
  }
}

}  // namespace nmsw
