#pragma once

#include <string>
#include <vector>

namespace nmsw::reporting {

/// "unet" → "UNet"; names the paper does not know stay as they are.
std::string backbone_label(const std::string& backbone);

/// "totalsegmentator_organ" → "Organ"; other datasets keep their name, spaces for underscores.
std::string dataset_label(const std::string& dataset);

/// One row of Table 2.
struct MethodKey {
  std::string method;
  std::string k;
  std::string class_weight = "on";
  std::string variant;
};
bool operator==(const MethodKey& a, const MethodKey& b);

/// The plain rows that others are compared with.
MethodKey sliding_window_key();
MethodKey nmsw_key(const std::string& k, const std::string& class_weight = "on");

/// Rows that isolate one part of NMSW: the sliding window with NMSW's local network, and NMSW's own
/// networks with foreground patches in random order, or in any other than the learned one. They are
/// no methods of the paper.
MethodKey sliding_window_of_nmsw_key();
MethodKey random_order_key(const std::string& k);
/// Whether the row is one of these, whatever else its variant changes.
bool is_control(const MethodKey& key);
/// Whether its patches are ranked by anything but the learned scores: costs and networks are those
/// of the plain row.
bool has_other_order(const MethodKey& key);

/// "NMSW (k=30)", "SW (gold standard)", "NMSW (k=5), without c_w", "SW with NMSW's local network",
/// "NMSW (k=5), ranked by coverage (entropy, discount 0.5)".
std::string method_label(const MethodKey& key);

/// Order of the paper's rows: SW, zoom-out, RF, NMSW; k as in k_before; plain variants first.
bool method_before(const MethodKey& a, const MethodKey& b);

/// Order of the paper: UNet, Swin-UNETR, MedNeXt, then others by name.
bool backbone_before(const std::string& a, const std::string& b);

/// Order of the paper: WORD, Organ, Vertebrae, then others by name.
bool dataset_before(const std::string& a, const std::string& b);

/// The three datasets of Table 2.
bool is_paper_dataset(const std::string& dataset);

/// Order of patch counts: numbers ascending, then "auto", then "full".
bool k_before(const std::string& a, const std::string& b);

}  // namespace nmsw::reporting
