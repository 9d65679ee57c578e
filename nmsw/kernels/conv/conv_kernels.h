#pragma once

#include "nmsw/kernels/conv/conv.h"

namespace nmsw {

/// The kernel of a kind and element for this processor: the first of its versions in
/// conv_kernels.cpp whose instructions are there. Thread-safe.
template <class Element>
const ConvKernel<Element>& conv_kernel(ConvKind kind);
template <>
const ConvKernel<float>& conv_kernel(ConvKind kind);
template <>
const ConvKernel<Bf16Pair>& conv_kernel(ConvKind kind);

/// The input gradient of ConvKind::same. Packs the forward weights [O,I,27], with `in` the
/// gradient's channels O and `out` I.
const ConvKernel<float>& conv3x3_input_gradient();

// The versions, one a file. By vectors that lie along x, so that 17 or 20 output channels are not
// padded to 32, and Winograd's filtering along z and y.
template <class Element>
const ConvKernel<Element>& conv3x3_same();
template <class Element>
const ConvKernel<Element>& conv3x3_halved();
template <class Element>
const ConvKernel<Element>& conv3x3_doubled();
template <class Element, ConvKind kind>
const ConvKernel<Element>& conv1x1();
// By AMX (gemm/amx_tiles.h), as plain sums: products are so cheap there that Winograd's transforms
// would cost more than they save, in time and in accuracy. Without AMX by vectors, slowly.
template <ConvKind kind>
const ConvKernel<Bf16Pair>& amx_conv();

}  // namespace nmsw
