#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// What a chosen patch is multiplied by.
enum class PatchScale { soft, one };

/// The K chosen patches [K,C,d,h,w] of a volume [1,C,D,H,W], each times its soft probability or 1
/// (METHOD 2.7), with the gradient to `soft` [K,P] that a weighted sum over all P candidates would
/// have. Only K boxes are read in the forward pass; the backward pass streams over the candidates
/// where the estimator needs them and never holds them all:
///   paper             chosen: <G_k, X_n>; others: 0
///   authors           (onehot + soft)·<G_k, X_n>
///   straight_through  <G_k, X_n>
/// straight_through always has the scale 1. The volume itself receives no gradient.
/// index int64 [K].
Tensor extract_patches(const Tensor& volume, const PatchGrid& grid, const Tensor& index,
                       const Tensor& soft, Estimator estimator, PatchScale scale);

}  // namespace nmsw
