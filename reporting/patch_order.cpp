#include "reporting/patch_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

namespace nmsw::reporting {
namespace {

constexpr std::array<PatchOrder, 7> kTableOrder{
    PatchOrder::oracle,  PatchOrder::scores,   PatchOrder::initial_scores,   PatchOrder::foreground,
    PatchOrder::entropy, PatchOrder::coverage, PatchOrder::random_foreground};

/// The settings of a variant by key, as far as they are about the order.
struct OrderTexts {
  std::optional<std::string> order, gain, discount, draw;

  std::optional<std::string>* field(const std::string& key) {
    if (key == "order") return &order;
    if (key == "gain") return &gain;
    if (key == "discount") return &discount;
    return key == "draw" ? &draw : nullptr;
  }
};

template <class T>
bool read_number_into(const std::optional<std::string>& text, T& value) {
  if (!text) return true;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  return error == std::errc() && stop == end;
}

std::optional<OrderSettings> settings_of(const OrderTexts& texts) {
  OrderSettings settings;
  // No other order takes a gain or a discount.
  if (!texts.order && (texts.gain || texts.discount)) settings.order = PatchOrder::coverage;
  if (!texts.order && !texts.gain && !texts.discount) return std::nullopt;
  if (texts.order) {
    const auto order = enum_from_name<PatchOrder>(*texts.order);
    if (!order) return std::nullopt;
    settings.order = *order;
  }
  if (texts.gain) {
    const auto gain = enum_from_name<PatchGain>(*texts.gain);
    if (!gain) return std::nullopt;
    settings.gain = *gain;
  }
  if (!read_number_into(texts.discount, settings.discount) ||
      !read_number_into(texts.draw, settings.draw))
    return std::nullopt;
  return settings;
}

std::string order_text(const OrderSettings& order) {
  std::string text = std::string("order=") + enum_name(order.order);
  if (order.order == PatchOrder::coverage)
    text += fmt::format(",gain={},discount={}", enum_name(order.gain), order.discount);
  return text;
}

std::ptrdiff_t place_of(PatchOrder order) {
  return std::find(kTableOrder.begin(), kTableOrder.end(), order) - kTableOrder.begin();
}

const char* gain_words(PatchGain gain) {
  switch (gain) {
    case PatchGain::foreground:
      return "probability of foreground";
    case PatchGain::entropy:
      return "entropy";
    case PatchGain::classes:
      return "probability of each class as a share of its own sum";
    case PatchGain::scores:
      return "probability of foreground, times the patch's learned probability";
  }
  return "";
}

std::string discount_words(double discount) {
  if (discount == 0) return "what is covered already counts no more";
  if (discount == 1) return "what is covered already counts in full";
  return fmt::format("what is covered already counts {} times as much", discount);
}

}  // namespace

VariantParts variant_parts(const std::string& variant) {
  VariantParts parts;
  OrderTexts texts;
  for (size_t begin = 0; begin < variant.size();) {
    const size_t end = std::min(variant.find(',', begin), variant.size());
    const std::string part = variant.substr(begin, end - begin);
    const size_t sign = part.find('=');
    std::optional<std::string>* field =
        sign == std::string::npos ? nullptr : texts.field(part.substr(0, sign));
    if (field != nullptr) {
      *field = part.substr(sign + 1);
      parts.is_order = true;
    } else {
      parts.rest += (parts.rest.empty() ? "" : ",") + part;
    }
    begin = end + 1;
  }
  parts.ranking = settings_of(texts);
  return parts;
}

std::string without_draw(const std::string& variant) {
  const VariantParts parts = variant_parts(variant);
  if (!parts.ranking) return variant;
  if (parts.ranking->order == PatchOrder::scores) return parts.rest;
  return (parts.rest.empty() ? "" : parts.rest + ",") + order_text(*parts.ranking);
}

MethodKey order_key(const OrderSettings& order, const std::string& k) {
  return {"nmsw", k, "on", order.order == PatchOrder::scores ? "" : order_text(order)};
}

std::optional<OrderSettings> order_of(const MethodKey& key) {
  if (key.method != "nmsw" || key.class_weight != "on") return std::nullopt;
  if (key.variant.empty()) return OrderSettings{};
  const VariantParts parts = variant_parts(key.variant);
  return parts.rest.empty() ? parts.ranking : std::nullopt;
}

bool same_order(const OrderSettings& a, const OrderSettings& b) {
  return !order_before(a, b) && !order_before(b, a);
}

bool order_before(const OrderSettings& a, const OrderSettings& b) {
  const auto rank = [](const OrderSettings& one) {
    const bool is_coverage = one.order == PatchOrder::coverage;
    return std::make_tuple(place_of(one.order), is_coverage ? static_cast<int>(one.gain) : 0,
                           is_coverage ? one.discount : 0.0);
  };
  return rank(a) < rank(b);
}

std::string order_label(const OrderSettings& order) {
  switch (order.order) {
    case PatchOrder::scores:
      return "learned order";
    case PatchOrder::initial_scores:
      return "untrained head";
    case PatchOrder::random_foreground:
      return "random foreground";
    case PatchOrder::foreground:
      return "most foreground";
    case PatchOrder::entropy:
      return "most entropy";
    case PatchOrder::coverage:
      return fmt::format("coverage ({}, discount {})", enum_name(order.gain), order.discount);
    case PatchOrder::oracle:
      return "oracle";
  }
  return "";
}

std::string ranked_by_text(const OrderSettings& order) {
  switch (order.order) {
    case PatchOrder::random_foreground:
      return "random order";
    case PatchOrder::scores:
      return "ranked by its learned scores";
    case PatchOrder::initial_scores:
      return "ranked by an untrained score head";
    case PatchOrder::oracle:
      return "ranked by the oracle";
    default:
      return "ranked by " + order_label(order);
  }
}

std::string order_sentence(const OrderSettings& order) {
  switch (order.order) {
    case PatchOrder::scores:
      return "Learned order: by NMSW's trained score head, as the paper does.";
    case PatchOrder::initial_scores:
      return "Untrained head: by the same score head with weights as a training begins with them.";
    case PatchOrder::random_foreground:
      return "Random foreground: patches in which the coarse prediction shows foreground, in "
             "random order.";
    case PatchOrder::foreground:
      return "Most foreground: by the probability of foreground that the coarse prediction gives "
             "the patch.";
    case PatchOrder::entropy:
      return "Most entropy: by the entropy of the coarse prediction in the patch.";
    case PatchOrder::coverage:
      return fmt::format(
          "Coverage ({0}, discount {1}): one by one, the patch that adds most {2}; {3}.",
          enum_name(order.gain), order.discount, gain_words(order.gain),
          discount_words(order.discount));
    case PatchOrder::oracle:
      return "Oracle: one by one, the patch that raises the mean DSC most, found with the label: "
             "it "
             "shows how much a better choice could gain, and needs what no method has.";
  }
  return "";
}

}  // namespace nmsw::reporting
