#include "nmsw/tensor/planar.h"

#include <ATen/Parallel.h>

#include "nmsw/kernels/matrix_tiles.h"
#include "nmsw/kernels/planar_conv_products.h"
#include "nmsw/kernels/planar_conv_strided.h"
#include "nmsw/kernels/planar_conv_transpose.h"
#include "nmsw/kernels/point_conv.h"
#include "nmsw/kernels/tile_conv.h"
#include "nmsw/tensor/elements.h"
#include "nmsw/tensor/norm_activation.h"
#include "nmsw/tensor/own_kernels.h"
#include "nmsw/tensor/shared_work.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The functions of one of the kernels.
template <class Element>
struct PlanarKernel {
  int64_t (*packed_size)(int64_t in, int64_t out);
  void (*pack)(const float* weight, int64_t in, int64_t out, Element* packed, PackShare share);
  int64_t (*blocks)(const PlanarConvShape& shape);
  int64_t (*scratch)(const PlanarConvShape& shape);
  void (*run)(const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch);
  Int3 (*out_dhw)(const Int3& extent_dhw);
  /// Planes of the output that a block is of; null where all are computed at once.
  int64_t (*planes)(const PlanarConvShape& shape) = nullptr;
};

template <int64_t kScale>
Int3 scaled(const Int3& extent_dhw) {
  return {kScale * extent_dhw[0], kScale * extent_dhw[1], kScale * extent_dhw[2]};
}

Int3 halved(const Int3& extent_dhw) {
  return {(extent_dhw[0] + 1) / 2, (extent_dhw[1] + 1) / 2, (extent_dhw[2] + 1) / 2};
}

template <class Element>
constexpr PlanarKernel<Element> kConv{packed_conv_size<Element>,
                                      pack_conv_weight<Element>,
                                      planar_conv_blocks<Element>,
                                      planar_conv_scratch<Element>,
                                      planar_conv<Element>,
                                      scaled<1>,
                                      [](const PlanarConvShape&) { return planar_conv_planes(); }};
template <class Element>
constexpr PlanarKernel<Element> kConvTranspose{
    packed_conv_transpose_size<Element>,   pack_conv_transpose_weight<Element>,
    planar_conv_transpose_blocks<Element>, planar_conv_transpose_scratch<Element>,
    planar_conv_transpose<Element>,        scaled<2>};
template <class Element>
constexpr PlanarKernel<Element> kConvStrided{
    packed_conv_strided_size<Element>,   pack_conv_strided_weight<Element>,
    planar_conv_strided_blocks<Element>, planar_conv_strided_scratch<Element>,
    planar_conv_strided<Element>,        halved};

/// The eight voxels that a doubled grid has for one.
constexpr int64_t kOctants = 8;

template <class Element, PointGrid grid>
constexpr PlanarKernel<Element> kPoint{
    [](int64_t in, int64_t out) {
      return elements_of<Element>(in) * out * (grid == PointGrid::doubled ? kOctants : 1);
    },
    [](const float* weight, int64_t in, int64_t out, Element* packed, PackShare share) {
      if (share.index != 0) return;
      pack_pointwise_weight(weight, in, out * (grid == PointGrid::doubled ? kOctants : 1), packed);
    },
    point_conv_blocks<Element>,
    [](const PlanarConvShape& shape) { return point_conv_scratch<Element>(shape, grid); },
    [](const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch) {
      point_conv(conv, grid, first, last, scratch);
    },
    grid == PointGrid::doubled ? scaled<2> : scaled<1>,
    [](const PlanarConvShape&) -> int64_t { return grid == PointGrid::doubled ? 2 : 1; }};

template <TileConvKind kind, int64_t kScale = 1>
constexpr PlanarKernel<Bf16Pair> kTiles{
    [](int64_t in, int64_t out) { return packed_tile_conv_size(kind, in, out); },
    [](const float* weight, int64_t in, int64_t out, Bf16Pair* packed, PackShare share) {
      pack_tile_conv_weight(kind, weight, in, out, packed, share);
    },
    [](const PlanarConvShape& shape) { return tile_conv_blocks(kind, shape); },
    [](const PlanarConvShape& shape) { return tile_conv_scratch(kind, shape); },
    [](const PlanarConv<Bf16Pair>& conv, int64_t first, int64_t last, float* scratch) {
      tile_conv(kind, conv, first, last, scratch);
    },
    kind == TileConvKind::halved ? halved : scaled<kScale>,
    [](const PlanarConvShape& shape) { return tile_conv_planes(kind, shape); }};

/// The kernels of a convolution, one of which the precision and the processor choose.
struct PlanarKernels {
  const PlanarKernel<float>& floats;
  const PlanarKernel<Bf16Pair>& pairs;
  const PlanarKernel<Bf16Pair>& tiles;
};
constexpr PlanarKernels kSame{kConv<float>, kConv<Bf16Pair>, kTiles<TileConvKind::same>};
constexpr PlanarKernels kHalved{kConvStrided<float>, kConvStrided<Bf16Pair>,
                                kTiles<TileConvKind::halved>};
constexpr PlanarKernels kDoubled{kConvTranspose<float>, kConvTranspose<Bf16Pair>,
                                 kTiles<TileConvKind::doubled, 2>};
constexpr PlanarKernels kPoints{kPoint<float, PointGrid::same>, kPoint<Bf16Pair, PointGrid::same>,
                                kTiles<TileConvKind::point>};
constexpr PlanarKernels kPointsDoubled{kPoint<float, PointGrid::doubled>,
                                       kPoint<Bf16Pair, PointGrid::doubled>,
                                       kTiles<TileConvKind::point_doubled, 2>};

template <class Element>
Elements<Element> packed_weight(const PlanarKernel<Element>& kernel, const Tensor& weight,
                                const PlanarConvShape& shape) {
  const Tensor values = weight.contiguous();
  Elements<Element> packed(kernel.packed_size(shape.in_channels, shape.out_channels));
  const int64_t shares = at::get_num_threads();
  at::parallel_for(0, shares, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernel.pack(values.data_ptr<float>(), shape.in_channels, shape.out_channels, packed.data(),
                  {i, shares});
    }
  });
  return packed;
}

/// What a convolution is of.
struct ConvTask {
  std::vector<PendingNorm> input;
  Tensor weight, bias;
  PlanarConvShape shape;
  std::vector<PendingNorm> added = {};
};

/// A convolution by one of the kernels, its weights packed.
template <class Element>
class PackedConv {
 public:
  PackedConv(const PlanarKernel<Element>& kernel, const ConvTask& task)
      : kernel_(kernel),
        task_(task),
        packed_(packed_weight(kernel, task.weight, task.shape)),
        bias_(task.bias.defined() ? task.bias.contiguous() : task.bias),
        out_dhw_(kernel.out_dhw(task.shape.extent_dhw)) {}

  PendingNorm whole(bool with_moments) const {
    const int64_t channels = task_.shape.out_channels;
    PendingNorm output{empty(out_dhw_[0]), {}, 1};
    std::vector<MomentSums> sums;
    if (with_moments) {
      output.moments = torch::empty({batch() * channels, 2}, torch::kFloat);
      sums.resize(static_cast<size_t>(blocks() * channels));
    }
    for (int64_t n = 0; n < batch(); ++n) {
      run(n, 0, blocks(), 0, output.values, with_moments ? sums.data() : nullptr);
      if (with_moments) write_all_moments(sums, channels, output.moments, n);
    }
    return output;
  }

  /// Planes that blocks are of.
  int64_t step() const { return kernel_.planes(task_.shape); }
  int64_t depth() const { return out_dhw_[0]; }

  Tensor planes(int64_t first, int64_t last) const {
    const int64_t blocks_of_step = blocks() / in_units(out_dhw_[0], step());
    const Tensor output = empty(last - first);
    for (int64_t n = 0; n < batch(); ++n) {
      run(n, first / step() * blocks_of_step, in_units(last, step()) * blocks_of_step, first,
          output, nullptr);
    }
    return output;
  }

 private:
  int64_t batch() const { return task_.input.front().values.size(0); }
  int64_t blocks() const { return kernel_.blocks(task_.shape); }
  Tensor empty(int64_t planes) const {
    return torch::empty({batch(), task_.shape.out_channels, planes, out_dhw_[1], out_dhw_[2]},
                        torch::kFloat);
  }

  /// Some blocks of volume n, shared among the threads, into planes that begin at `plane`.
  void run(int64_t n, int64_t first_block, int64_t last_block, int64_t plane, const Tensor& output,
           MomentSums* moments) const {
    const std::vector<ConvChannel> in = channels_of(task_.input, n),
                                   added = channels_of(task_.added, n);
    PlanarConv<Element> conv;
    conv.shape = task_.shape;
    conv.in = in.data();
    conv.weight = packed_.data();
    conv.bias = bias_.defined() ? bias_.template data_ptr<float>() : nullptr;
    conv.added = added.empty() ? nullptr : added.data();
    conv.out = output.template data_ptr<float>() + n * output.stride(0);
    conv.out_step = output.stride(1);
    conv.out_begin = plane * output.stride(2);
    conv.moments = moments;
    share_out(last_block - first_block, [&](SharedWork& shared) {
      const Elements<float> scratch(kernel_.scratch(conv.shape));
      for (int64_t first, last; shared.next(first, last);) {
        kernel_.run(conv, first_block + first, first_block + last, scratch.data());
      }
    });
  }

  /// Sums of the blocks, in their order, as moments of volume n.
  static void write_all_moments(const std::vector<MomentSums>& blocks, int64_t channels,
                                const Tensor& moments, int64_t n) {
    for (int64_t o = 0; o < channels; ++o) {
      MomentSums all;
      for (auto i = static_cast<size_t>(o); i < blocks.size(); i += static_cast<size_t>(channels)) {
        all.add(blocks[i]);
      }
      write_moments(all, moments, n * channels + o);
    }
  }

  PlanarKernel<Element> kernel_;
  ConvTask task_;
  Elements<Element> packed_;
  Tensor bias_;
  Int3 out_dhw_;
};

/// Calls use(a PackedConv by the kernel of the precision that is asked for).
template <class Use>
auto by_precision(const PlanarKernels& kernels, const ConvTask& task, Use use) {
  if (!takes_bf16_products(task.input.front().values)) return use(PackedConv(kernels.floats, task));
  return use(PackedConv(has_matrix_tiles() ? kernels.tiles : kernels.pairs, task));
}

PendingNorm convolved(const PlanarKernels& kernels, const ConvTask& task, bool with_moments) {
  return by_precision(kernels, task, [&](const auto& conv) { return conv.whole(with_moments); });
}

/// So many planes at least are computed together, which is enough blocks for some threads.
constexpr int64_t kLatePlanes = 4;

LateVolume late(const PlanarKernels& kernels, const ConvTask& task) {
  return by_precision(kernels, task, [](const auto& conv) {
    const int64_t step = in_units(kLatePlanes, conv.step()) * conv.step();
    return LateVolume(conv.depth(), step,
                      [conv](int64_t first, int64_t last) { return conv.planes(first, last); });
  });
}

/// The shape of a convolution of the volumes, whose weights have their input channels along
/// `in_axis`.
PlanarConvShape checked_shape(const std::vector<PendingNorm>& input, const Tensor& weight,
                              const Tensor& bias, int64_t in_axis, int64_t kernel) {
  check_shape(weight, {kAnySize, kAnySize, kernel, kernel, kernel}, "convolution weight");
  const PlanarConvShape shape{weight.size(in_axis), weight.size(1 - in_axis),
                              extent_dhw(input.front().values)};
  const auto [depth, height, width] = shape.extent_dhw;
  int64_t channels = 0;
  for (const PendingNorm& volume : input) {
    check_shape(volume.values, {input.front().values.size(0), kAnySize, depth, height, width},
                "convolution input");
    channels += volume.values.size(1);
  }
  if (channels != shape.in_channels) {
    throw ShapeError("convolution input: {} channels, the weight has {}", channels,
                     shape.in_channels);
  }
  if (bias.defined()) check_shape(bias, {shape.out_channels}, "convolution bias");
  return shape;
}

/// That of a convolution which keeps the grid, with what is added to it.
ConvTask same_grid_task(const std::vector<PendingNorm>& input, const Tensor& weight,
                        const Tensor& bias, int64_t kernel, const std::vector<PendingNorm>& added) {
  const PlanarConvShape shape = checked_shape(input, weight, bias, 1, kernel);
  const auto [depth, height, width] = shape.extent_dhw;
  for (const PendingNorm& volume : added) {
    check_shape(volume.values,
                {input.front().values.size(0), shape.out_channels, depth, height, width},
                "volume added to a convolution");
  }
  return {input, weight, bias, shape, added};
}

class DifferentiablePlanarConv : public torch::autograd::Function<DifferentiablePlanarConv> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& weight,
                        const c10::optional<Tensor>& bias) {
    ctx->save_for_backward({input, weight});
    ctx->saved_data["bias"] = bias.has_value();
    const std::vector<PendingNorm> whole{{input.contiguous(), {}, 1}};
    const Tensor offsets = bias.value_or(Tensor());
    return PackedConv(kConv<float>, same_grid_task(whole, weight, offsets, 3, {}))
        .whole(false)
        .values;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor input = saved[0].contiguous(), gradient = gradients[0].contiguous();
    const PlanarConvShape shape{saved[1].size(1), saved[1].size(0), extent_dhw(input)};
    return {ctx->needs_input_grad(0) ? to_input(gradient, saved[1], shape) : Tensor(),
            ctx->needs_input_grad(1) ? to_weight(input, gradient, shape) : Tensor(),
            ctx->saved_data["bias"].toBool() ? gradient.sum({0, 2, 3, 4}) : Tensor()};
  }

 private:
  static Tensor to_input(const Tensor& gradient, const Tensor& weight,
                         const PlanarConvShape& shape) {
    PlanarKernel<float> kernel = kConv<float>;
    kernel.pack = [](const float* values, int64_t in, int64_t out, float* packed, PackShare share) {
      pack_conv_weight_mirrored(values, out, in, packed, share);
    };
    const PlanarConvShape back{shape.out_channels, shape.in_channels, shape.extent_dhw};
    return PackedConv(kernel, {{{gradient, {}, 1}}, weight, {}, back}).whole(false).values;
  }

  /// The volumes of a batch are added up in their order.
  static Tensor to_weight(const Tensor& input, const Tensor& gradient,
                          const PlanarConvShape& shape) {
    const Tensor sums =
        torch::zeros({shape.out_channels, shape.in_channels, 3, 3, 3}, torch::kDouble);
    const PaddedGrid grid(shape.extent_dhw);
    const Elements<float> in(grid.size(shape.in_channels)), out(grid.size(shape.out_channels));
    const int64_t blocks = (shape.out_channels + kProductChannels - 1) / kProductChannels;
    for (int64_t n = 0; n < input.size(0); ++n) {
      pad(input[n], in.data());
      pad(gradient[n], out.data());
      at::parallel_for(0, blocks * shape.in_channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          planar_conv_products(in.data(), out.data(), shape, i % shape.in_channels,
                               i / shape.in_channels * kProductChannels, sums.data_ptr<double>());
        }
      });
    }
    return sums.to(torch::kFloat);
  }

  static void pad(const Tensor& volume, float* padded) {
    at::parallel_for(0, volume.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        pad_channel(volume.data_ptr<float>(), extent_dhw(volume), c, volume.size(0), padded);
      }
    });
  }
};

}  // namespace

PendingNorm planar_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                          const Tensor& bias, const PlanarOptions& options) {
  return convolved(kSame, same_grid_task(input, weight, bias, 3, options.added),
                   options.with_moments);
}

LateVolume late_planar_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                              const Tensor& bias, const std::vector<PendingNorm>& added) {
  return late(kSame, same_grid_task(input, weight, bias, 3, added));
}

PendingNorm planar_conv_strided3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                                  const Tensor& bias, const PlanarOptions& options) {
  return convolved(kHalved, {input, weight, bias, checked_shape(input, weight, bias, 1, 3)},
                   options.with_moments);
}

PendingNorm planar_conv_transpose3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                                    const Tensor& bias, const PlanarOptions& options) {
  return convolved(kDoubled, {input, weight, bias, checked_shape(input, weight, bias, 0, 3)},
                   options.with_moments);
}

PendingNorm point_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                         const Tensor& bias, const PlanarOptions& options) {
  return convolved(kPoints, same_grid_task(input, weight, bias, 1, options.added),
                   options.with_moments);
}

LateVolume late_point_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                             const Tensor& bias, const std::vector<PendingNorm>& added) {
  return late(kPoints, same_grid_task(input, weight, bias, 1, added));
}

PendingNorm point_conv_transpose3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                                   const Tensor& bias, const PlanarOptions& options) {
  const PlanarConvShape shape = checked_shape(input, weight, bias, 0, 2);
  const Tensor rows = weight.permute({1, 2, 3, 4, 0});
  return convolved(kPointsDoubled, {input, rows, bias, shape}, options.with_moments);
}

Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (takes_inference_kernels(input)) {
    return planar_conv3d({{input.contiguous(), {}, 1}}, weight, bias, {}).values;
  }
  // An undefined tensor cannot be an input of a function that is differentiated.
  return DifferentiablePlanarConv::apply(
      input, weight, bias.defined() ? c10::optional<Tensor>(bias) : c10::nullopt);
}

}  // namespace nmsw
