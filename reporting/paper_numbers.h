#pragma once

#include <string>
#include <vector>

#include "reporting/csv.h"
#include "reporting/labels.h"

namespace nmsw::reporting {

/// The paper's printed number for a cell of Table 2, e.g. ("unet", {"nmsw","30"}, "word", "dsc") →
/// "0.845"; empty where the paper prints none. Speed, MACs, parameters and memory have no dataset.
std::string paper_value(const std::string& backbone, const MethodKey& key,
                        const std::string& dataset, const std::string& metric);

/// The devices of Table 1 in its order, and the sliding window's seconds there; empty for others.
std::vector<std::string> paper_devices();
std::string paper_sliding_window_seconds(const std::string& backbone, const std::string& device);

/// The backbones and the datasets of Table 2, in its order.
std::vector<std::string> paper_backbones();
std::vector<std::string> paper_datasets();

/// The rows of Table 2 for a backbone, in the paper's order; none for a backbone the paper does not
/// have.
std::vector<MethodKey> paper_methods(const std::string& backbone);

/// The bar of the paper's ablation figure (DSC, measured from its pixels, ±0.002); empty where
/// there is none.
std::string paper_ablation_value(const std::string& backbone, const MethodKey& key,
                                 const std::string& dataset);

/// All patch counts of that figure, ascending.
std::vector<std::string> paper_ablation_counts();

}  // namespace nmsw::reporting
