#include <iostream>

#include "nmsw/base/plain_text.h"
#include "nmsw/base/readable.h"
#include "reporting/rows.h"
#include "results/query_format.h"
#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/option_words.h"
#include "runners/planning/tasks/checkpoint.h"

namespace nmsw::runners {
namespace {

using nlohmann::ordered_json;

std::string sides(const Int3& extent) {
  return fmt::format("{} x {} x {}", extent[0], extent[1], extent[2]);
}

std::string intensity_text(const datasets::PreprocessConfig& preprocessing) {
  switch (preprocessing.intensity) {
    case datasets::IntensityRule::window:
      return fmt::format("window {} to {}", preprocessing.window[0], preprocessing.window[1]);
    case datasets::IntensityRule::percentile:
      return fmt::format("percentiles {} to {}", preprocessing.percentiles[0],
                         preprocessing.percentiles[1]);
    case datasets::IntensityRule::zscore:
      return "z-score";
    case datasets::IntensityRule::clipped_zscore:
      return fmt::format("{} to {}, less {}, over {}", preprocessing.window[0],
                         preprocessing.window[1], preprocessing.mean_and_deviation[0],
                         preprocessing.mean_and_deviation[1]);
  }
  return "";
}

std::string spacing_text(const datasets::PreprocessConfig& preprocessing) {
  if (!preprocessing.spacing_xyz_mm) return "the image's own";
  const Real3& spacing = *preprocessing.spacing_xyz_mm;
  return fmt::format("{} x {} x {} mm", spacing[0], spacing[1], spacing[2]);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + printable_word(word);
  return text;
}

std::string network_text(const NetworkSpec& networks) {
  if (networks.backbone.empty()) return networks.global_backbone + " (global)";
  if (networks.global_backbone.empty()) return networks.backbone;
  return networks.backbone + ", global network " + networks.global_backbone;
}

void print_checkpoint(const Checkpoint& checkpoint, const std::string& file) {
  const NetworkDescription& network = checkpoint.description;
  const datasets::DatasetDescriptor& data = network.data.descriptor;
  const auto line = [](const char* what, const std::string& text) {
    std::cout << fmt::format("{:<16}{}\n", what, text);
  };
  line("checkpoint",
       fmt::format("{} ({}, SHA-256 {})", printable_word(file),
                   readable_bytes(static_cast<double>(checkpoint.bytes)), checkpoint.sha256));
  line("network", network_text(network.networks));
  line("scheme", enum_name(network.scheme));
  line("parameters",
       fmt::format("{:.3f} M in {} tensors", static_cast<double>(checkpoint.weights) / 1e6,
                   checkpoint.tensors));
  line("training data",
       printable_word(data.title.empty() ? data.name : data.name + ": " + data.title) +
           (network.data.source == DataSource::phantom ? " (phantoms)" : ""));
  line("classes", fmt::format("{}: {}", data.classes.size(), joined(data.classes)));
  line("modality", printable_word(data.modality));
  if (data.channels.empty()) line("intensity", intensity_text(data.preprocessing));
  for (size_t c = 0; c < data.channels.size(); ++c) {
    line(fmt::format("channel {}", c).c_str(),
         printable_word(data.channels[c].name) + ", " +
             intensity_text(datasets::channel_preparations(data)[c]));
  }
  line("spacing x y z", spacing_text(data.preprocessing));
  line("patch x y z", sides(data.patch_xyz) + fmt::format(", overlap {}", network.overlap));
  if (network.scheme != TrainingScheme::local)
    line("down-size rate", sides(data.downsize_rate_xyz));
}

/// The evaluations that used the file, once each.
results::QueryTable scores_of(const Checkpoint& checkpoint, const std::string& database) {
  const auto store = results::ResultStore::open_read_only(database);
  return store.query(
      "SELECT e.experiment, e.dataset, e.backbone, e.method, s.k, e.class_weight, e.variant, "
      "e.seed, "
      "s.value AS dsc, n.value AS nsd, n.unit AS nsd_unit FROM v_finished e JOIN task t ON "
      "t.key = e.task_key JOIN v_scores s ON s.run = e.run AND s.metric = 'dsc' LEFT JOIN v_scores "
      "n ON n.run = e.run AND n.k = s.k AND n.metric = 'nsd' WHERE t.id IN (SELECT d.task_id FROM "
      "task_dependency d JOIN task m ON m.id = d.needs_id JOIN v_artifacts a ON a.task_key = m.key "
      "WHERE a.sha256 = " +
      reporting::sql_quoted(checkpoint.sha256) +
      ") GROUP BY e.run, s.k ORDER BY e.experiment, e.dataset, e.method, e.variant, "
      "CAST(s.k AS INTEGER), s.k");
}

ordered_json checkpoint_json(const Checkpoint& checkpoint, const std::string& file) {
  return {{"file", printable_word(file)},     {"bytes", checkpoint.bytes},
          {"sha256", checkpoint.sha256},      {"tensors", checkpoint.tensors},
          {"parameters", checkpoint.weights}, {"network", dump_value(checkpoint.description)}};
}

}  // namespace

int show_command(const Arguments& arguments) {
  VerbParser parser({"show", "show CHECKPOINT [options]",
                     "What a checkpoint holds: network, classes, preparation, training data; with "
                     "--db its scores.",
                     "nmsw show results/runs/0123456789abcdef/model.safetensors"});
  parser.options().add_options()("db", po::value<std::string>(),
                                 "database with the scores of the file")("format", text("table"),
                                                                         "table or json");
  parser.positional("checkpoint", -1);
  if (!parser.parse(arguments)) return 0;
  const std::string file = parser.only_word("checkpoint");
  const auto format = parser.get<std::string>("format");
  require_choice(format, "--format", {"table", "json"});
  const Checkpoint checkpoint = read_checkpoint(file);
  std::optional<results::QueryTable> scores;
  if (parser.has("db")) scores = scores_of(checkpoint, parser.get<std::string>("db"));
  if (format == "json") {
    ordered_json json = checkpoint_json(checkpoint, file);
    if (scores) {
      json["scores"] =
          ordered_json::parse(results::format_query(*scores, results::QueryFormat::json));
    }
    std::cout << json.dump(2) << '\n';
    return 0;
  }
  print_checkpoint(checkpoint, file);
  if (!scores) return 0;
  if (scores->rows.empty()) {
    std::cout << "scores          none: the database has no finished evaluation of this file\n";
  } else {
    std::cout << '\n' << results::format_query(*scores, results::QueryFormat::table);
  }
  return 0;
}

}  // namespace nmsw::runners
