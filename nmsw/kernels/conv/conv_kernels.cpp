#include "nmsw/kernels/conv/conv_kernels.h"

namespace nmsw {
namespace {

template <class Element>
struct Row {
  ConvKind kind;
  Instructions needs;
  const ConvKernel<Element>& (*kernel)();
};

// Of the rows of a kind, the first whose instructions are there is taken.

constexpr Row<float> kFloatTable[] = {
    {ConvKind::same, Instructions::any, conv3x3_same<float>},
    {ConvKind::halved, Instructions::any, conv3x3_halved<float>},
    {ConvKind::doubled, Instructions::any, conv3x3_doubled<float>},
    {ConvKind::point, Instructions::any, conv1x1<float, ConvKind::point>},
    {ConvKind::point_doubled, Instructions::any, conv1x1<float, ConvKind::point_doubled>},
};

constexpr Row<Bf16Pair> kBf16Table[] = {
    {ConvKind::same, Instructions::amx, amx_conv<ConvKind::same>},
    {ConvKind::same, Instructions::any, conv3x3_same<Bf16Pair>},
    {ConvKind::halved, Instructions::amx, amx_conv<ConvKind::halved>},
    {ConvKind::halved, Instructions::any, conv3x3_halved<Bf16Pair>},
    {ConvKind::doubled, Instructions::amx, amx_conv<ConvKind::doubled>},
    {ConvKind::doubled, Instructions::any, conv3x3_doubled<Bf16Pair>},
    {ConvKind::point, Instructions::amx, amx_conv<ConvKind::point>},
    {ConvKind::point, Instructions::any, conv1x1<Bf16Pair, ConvKind::point>},
    {ConvKind::point_doubled, Instructions::amx, amx_conv<ConvKind::point_doubled>},
    {ConvKind::point_doubled, Instructions::any, conv1x1<Bf16Pair, ConvKind::point_doubled>},
};

template <class Element>
const ConvKernel<Element>& best_of(const Row<Element>* row, ConvKind kind) {
  while (row->kind != kind || !has(row->needs)) ++row;
  return row->kernel();
}

}  // namespace

template <>
const ConvKernel<float>& conv_kernel(ConvKind kind) {
  return best_of(kFloatTable, kind);
}

template <>
const ConvKernel<Bf16Pair>& conv_kernel(ConvKind kind) {
  return best_of(kBf16Table, kind);
}

Int3 output_extent_dhw(ConvKind kind, const Int3& input_extent_dhw) {
  Int3 output = input_extent_dhw;
  for (int64_t& extent : output) {
    if (kind == ConvKind::halved) extent = (extent + 1) / 2;
    if (kind == ConvKind::doubled || kind == ConvKind::point_doubled) extent *= 2;
  }
  return output;
}

}  // namespace nmsw
