#include "reporting/labels.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>
#include <utility>

#include "nmsw/config/evaluation_config.h"
#include "nmsw/config/methods.h"
#include "reporting/patch_order.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kNmswLocalNetwork = "local_network=nmsw";

using Names = std::vector<std::pair<std::string, std::string>>;

const Names& backbone_names() {
  static const Names names{
      {"unet", "UNet"},        {"swin_unetr", "Swin-UNETR"},        {"mednext", "MedNeXt"},
      {"nnunet", "nnU-Net"},   {"nnunet_resenc", "nnU-Net ResEnc"}, {"segformer3d", "SegFormer3D"},
      {"unetr_pp", "UNETR++"}, {"umamba_bot", "U-Mamba Bot"}};
  return names;
}

const Names& dataset_names() {
  static const Names names{{"word", "WORD"},
                           {"totalsegmentator_organ", "Organ"},
                           {"totalsegmentator_vertebrae", "Vertebrae"}};
  return names;
}

const Names& method_names() {
  static const Names names = [] {
    Names all;
    for (const Method& method : method_list()) all.emplace_back(method.name, method.label);
    return all;
  }();
  return names;
}

size_t place_in(const Names& names, const std::string& name) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return static_cast<size_t>(found - names.begin());
}

std::string label_from(const Names& names, const std::string& name) {
  const size_t place = place_in(names, name);
  if (place < names.size()) return names[place].second;
  std::string label = name;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

bool name_before(const Names& names, const std::string& a, const std::string& b) {
  return std::make_tuple(place_in(names, a), std::cref(a)) <
         std::make_tuple(place_in(names, b), std::cref(b));
}

double k_value(const std::string& k) {
  if (k == "full") return std::numeric_limits<double>::infinity();
  if (k == kAutoKName) return std::numeric_limits<double>::max();
  return std::strtod(k.c_str(), nullptr);
}

}  // namespace

std::string backbone_label(const std::string& backbone) {
  return label_from(backbone_names(), backbone);
}
std::string dataset_label(const std::string& dataset) {
  return label_from(dataset_names(), dataset);
}

bool operator==(const MethodKey& a, const MethodKey& b) {
  return a.method == b.method && a.k == b.k && a.class_weight == b.class_weight &&
         a.variant == b.variant;
}

MethodKey sliding_window_key() { return {"sliding_window", "", "on", ""}; }

MethodKey nmsw_key(const std::string& k, const std::string& class_weight) {
  return {"nmsw", k, class_weight, ""};
}

MethodKey sliding_window_of_nmsw_key() { return {"sliding_window", "", "on", kNmswLocalNetwork}; }

MethodKey random_order_key(const std::string& k) {
  OrderSettings random;
  random.order = PatchOrder::random_foreground;
  return order_key(random, k);
}

bool has_other_order(const MethodKey& key) {
  const VariantParts parts = variant_parts(key.variant);
  const bool is_learned = parts.ranking && parts.ranking->order == PatchOrder::scores;
  return parts.is_order && !is_learned;
}

bool is_control(const MethodKey& key) {
  const std::string settings = "," + key.variant + ",";
  return has_other_order(key) ||
         settings.find(std::string(",") + kNmswLocalNetwork + ",") != std::string::npos;
}

std::string method_label(const MethodKey& key) {
  if (key == sliding_window_of_nmsw_key()) return "SW with NMSW's local network";
  std::string label = label_from(method_names(), key.method);
  if (!key.k.empty()) label += " (k=" + key.k + ")";
  if (key.class_weight == "off") label += ", without c_w";
  const VariantParts parts = variant_parts(key.variant);
  if (!parts.ranking) return key.variant.empty() ? label : label + ", " + key.variant;
  label += ", " + ranked_by_text(*parts.ranking);
  return parts.rest.empty() ? label : label + ", " + parts.rest;
}

bool method_before(const MethodKey& a, const MethodKey& b) {
  const auto order = [](const MethodKey& key) {
    return std::make_tuple(place_in(method_names(), key.method), key.method, key.variant,
                           key.class_weight == "off", k_value(key.k));
  };
  return order(a) < order(b);
}

bool backbone_before(const std::string& a, const std::string& b) {
  return name_before(backbone_names(), a, b);
}
bool dataset_before(const std::string& a, const std::string& b) {
  return name_before(dataset_names(), a, b);
}

bool is_paper_dataset(const std::string& dataset) {
  return place_in(dataset_names(), dataset) < dataset_names().size();
}

bool k_before(const std::string& a, const std::string& b) { return k_value(a) < k_value(b); }

}  // namespace nmsw::reporting
