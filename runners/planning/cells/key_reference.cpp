#include "runners/planning/cells/key_reference.h"

#include "nmsw/config/methods.h"
#include "nmsw/cost/catalog.h"
#include "runners/planning/cells/dataset_cell.h"
#include "runners/planning/cells/import_config.h"
#include "runners/planning/experiment/experiment.h"

namespace nmsw::runners {
namespace {

constexpr const char* kIntroduction =
    "# Experiments\n\n"
    "One YAML file is one experiment. A list in the grid (`datasets`, `backbones`, `methods` and "
    "their parameters,\n"
    "`seeds`) multiplies; `include` adds cells and `exclude` takes cells out. The file wins over "
    "the preset,\n"
    "`--set path.to.key=value` wins over the file. `preset: [paper, authors]` runs the grid under "
    "each. An unknown key,\n"
    "a key given twice and a value out of range are refused with file, line and column. This page "
    "is what `nmsw describe`\n"
    "prints.\n";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string table_of(const std::vector<FieldHelpLine>& lines) {
  std::string text = "| key | default | values | meaning |\n|---|---|---|---|\n";
  for (const FieldHelpLine& line : lines) {
    text += fmt::format(
        "| `{}` | {} | {} | {} |\n", line.path,
        line.default_text.empty() || line.default_text == "null" || line.default_text == "\"\""
            ? ""
            : "`" + escaped(line.default_text) + "`",
        escaped(line.range), escaped(line.help));
  }
  return text;
}

template <class T>
std::vector<FieldHelpLine> help_of(T config, const std::string& prefix) {
  FieldHelp help(prefix);
  visit_fields(config, help);
  return help.lines;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

/// Settings whose default is the data set's own, and sections that repeat others, by one line each.
std::vector<FieldHelpLine> dataset_lines() {
  std::vector<FieldHelpLine> lines;
  for (FieldHelpLine line : help_of(DatasetSettings{}, "dataset_settings.NAME")) {
    bool repeats = false;
    for (const char* section : {"phantom.", "training.", "evaluation."}) {
      repeats = repeats || starts_with(line.path, std::string("dataset_settings.NAME.") + section);
    }
    if (repeats) continue;
    line.default_text.clear();
    lines.push_back(line);
  }
  return lines;
}

/// The keys of a descriptor, those of its lists and parts by their place.
std::string descriptor_section() {
  std::string text =
      "\n## Descriptors of data sets\n\nThe keys of `datasets/*.yaml` and of a descriptor file of "
      "one's own. `nmsw init` writes one.\n\n";
  std::vector<FieldHelpLine> lines;
  for (const FieldHelpLine& line : help_of(datasets::DatasetDescriptor{}, "")) {
    lines.push_back(line);
    const auto add = [&](const char* key, auto part, const std::string& prefix) {
      if (line.path != key) return;
      const auto own = help_of(std::move(part), prefix);
      lines.insert(lines.end(), own.begin(), own.end());
    };
    add("class_lists", datasets::ClassList{}, "class_lists[]");
    add("label_map", datasets::LabelMapping{}, "label_map[]");
    add("split", datasets::SplitRule{}, "split");
    add("cases", datasets::ListedCase{}, "cases[]");
    add("cases", datasets::DeformedCases{}, "cases[].deformations");
  }
  return text + table_of(lines);
}

std::string import_section() {
  std::string text =
      "\n## Import\n\nThe keys of the YAML that `nmsw import --config` reads: the network that the "
      "weights are of.\n\n";
  std::vector<FieldHelpLine> lines;
  for (const FieldHelpLine& line : help_of(ImportedModel{}, "")) {
    if (!starts_with(line.path, "model.")) lines.push_back(line);
  }
  return text + table_of(lines);
}

/// Keys whose values differ between the presets.
std::string preset_table() {
  ExperimentConfig paper;
  ExperimentConfig authors;
  apply_preset(Preset::paper, paper);
  apply_preset(Preset::authors, authors);
  const auto paper_lines = help_of(paper, "");
  const auto authors_lines = help_of(authors, "");
  std::string text = "| key | paper | authors |\n|---|---|---|\n";
  for (size_t i = 0; i < paper_lines.size(); ++i) {
    if (paper_lines[i].default_text == authors_lines[i].default_text) continue;
    const std::string own = paper_lines[i].default_text;
    text += fmt::format("| `{}` | {} | `{}` |\n", paper_lines[i].path,
                        own == "null" ? "the data set's own" : "`" + own + "`",
                        authors_lines[i].default_text);
  }
  return text;
}

}  // namespace

std::string key_reference() {
  std::string text = kIntroduction;
  text += "\n## Keys\n\n" + table_of(help_of(ExperimentConfig{}, ""));
  text += "\n## Presets\n\n`preset` sets these; each stays a key of its own.\n\n" + preset_table();
  text += "\n## Profile\n\n" + table_of(help_of(ProfileConfig{}, "profile"));
  text +=
      "\n## Data sets\n\nAn absent key keeps the data set's or the experiment's own value. The "
      "same keys may stand\n"
      "beside a name in `datasets`: `{word: {patch_xyz: [64, 64, 64]}}`.\n\n" +
      table_of(dataset_lines());
  text += descriptor_section() + import_section();
  text += "\n## Networks\n";
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) {
    const std::string name(entry.name);
    text += fmt::format("\n`{}`: {}{}\n\n", name, entry.summary,
                        entry.role == NetworkRole::local_only ? ". Local network only" : "");
    text += table_of(entry.keys("networks." + name));
  }
  text += "\n## Methods\n\n";
  for (const Method& method : method_list()) {
    text += fmt::format("- `{}`: {} ({}). ", method.name, method.summary, method.source);
    std::string own;
    for (const MethodParameter& parameter : method.parameters)
      own += fmt::format(", `{}` ({})", parameter.name, parameter.values);
    text +=
        method.takes_k()
            ? fmt::format(
                  "Parameters: `k` (numbers{} or `full`, scored in one ranked pass), "
                  "`class_weight` (`on`, `off`),\n"
                  "  `overlap`, `noise_at_test`",
                  method.takes_order() ? ", `auto` with `order: coverage` or `mass_left`," : "") +
                  own + " and every key of `model`; a list of values multiplies.\n"
        : method.needs.empty() ? "No parameter.\n"
                               : "Parameters: `overlap`" + own + ".\n";
  }
  return text;
}

}  // namespace nmsw::runners
