#include "nmsw/cost/layer_cost.h"
#include "nmsw/cost/unet_shape.h"

namespace nmsw {
namespace {

/// Convolution 3³, instance norm, PReLU.
Cost conv_unit(int64_t in, int64_t out, Int3 out_extent) {
  return conv_cost({in, out, 3}, out_extent) + instance_norm_cost(out, out_extent) +
         prelu_cost(out, out_extent);
}

Cost down_level(int64_t in, int64_t out, int64_t stride, Int3 out_extent) {
  Cost cost = conv_unit(in, out, out_extent) + conv_unit(out, out, out_extent);
  if (stride != 1) return cost + conv_cost({in, out, 3}, out_extent);
  if (in != out) return cost + conv_cost({in, out, 1}, out_extent);
  return cost;
}

enum class UpLevelEnd { unit, bare_convolution };

Cost up_level(const UNetUpLevel& level, UpLevelEnd end) {
  const Cost up =
      transposed_conv_cost({level.in, level.out, 3}, level.in_extent, level.out_extent) +
      instance_norm_cost(level.out, level.out_extent) + prelu_cost(level.out, level.out_extent);
  if (end == UpLevelEnd::bare_convolution)
    return up + conv_cost({level.out, level.out, 3}, level.out_extent);
  return up + conv_unit(level.out, level.out, level.out_extent);
}

}  // namespace

UNetShape unet_shape(const UNetConfig& config, int64_t num_classes, Int3 extent) {
  require_consistent(config);
  require_multiple(UNetConfig::name, extent, size_multiple(config));
  UNetShape shape;
  for (const int64_t stride : config.strides) {
    extent = divided_by(extent, stride);
    shape.encoder_extents.push_back(extent);
  }
  int64_t below = config.channels.back();
  for (size_t level = config.channels.size() - 1; level-- > 0;) {
    UNetUpLevel up;
    up.in = below + config.channels[level];
    up.out = level > 0 ? config.channels[level - 1] : num_classes;
    up.in_extent = shape.encoder_extents[level];
    up.out_extent = multiplied_by(up.in_extent, config.strides[level]);
    below = up.out;
    shape.decoder.push_back(up);
  }
  return shape;
}

Cost unet_cost(const UNetConfig& config, int64_t in_channels, int64_t num_classes, Int3 extent) {
  const UNetShape shape = unet_shape(config, num_classes, extent);
  Cost total;
  int64_t in = in_channels;
  for (size_t level = 0; level < config.channels.size(); ++level) {
    const int64_t out = config.channels[level];
    total = total + down_level(in, out, config.strides[level], shape.encoder_extents[level]);
    in = out;
  }
  for (size_t i = 0; i < shape.decoder.size(); ++i) {
    const bool top = i + 1 == shape.decoder.size();
    total =
        total + up_level(shape.decoder[i], top ? UpLevelEnd::bare_convolution : UpLevelEnd::unit);
  }
  return total;
}

}  // namespace nmsw
