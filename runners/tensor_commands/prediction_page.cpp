#include "runners/tensor_commands/prediction_page.h"

#include <utility>

#include <fmt/format.h>

#include "runners/tensor_commands/page_parts.h"

namespace nmsw::runners {

std::string prediction_page(const datasets::Prediction& prediction, ImageVolume image) {
  reporting::CasePage page;
  page.title = prediction.case_id;
  const auto [low, high] = prediction.window.value_or(shown_range(image));
  page.window_low = low;
  page.window_high = high;
  page.scan = std::move(image);
  page.classes = page_classes(prediction.names.classes);
  page.predictions.push_back(
      {"prediction",
       prediction.label,
       {},
       page_patches(prediction.patches, prediction.prepared, prediction.label.geometry)});
  if (!prediction.patches.empty()) {
    page.notes.push_back(
        fmt::format("{} patches went through the local network.", prediction.patches.size()));
  }
  return reporting::render_case_page(page);
}

}  // namespace nmsw::runners
