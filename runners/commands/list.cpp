#include <algorithm>
#include <functional>
#include <iostream>

#include "datasets/layouts/catalog.h"
#include "datasets/layouts/descriptor.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/catalog.h"
#include "nmsw/metrics/catalog.h"
#include "reporting/report/catalog.h"
#include "results/catalog.h"
#include "runners/commands/commands.h"
#include "runners/options/verb_parser.h"
#include "runners/planning/experiment/names.h"

namespace nmsw::runners {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

Lines backbones() {
  Lines lines;
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) {
    lines.emplace_back(entry.name, fmt::format("{} ({})", entry.summary, entry.source));
  }
  return lines;
}

Lines methods() {
  Lines lines;
  for (const Method& method : method_list()) {
    lines.emplace_back(method.name, fmt::format("{} ({})", method.summary, method.source));
  }
  return lines;
}

Lines data_sets() {
  Lines lines;
  for (const std::string& name : datasets::descriptor_names()) {
    lines.emplace_back(name, datasets::load_descriptor(name).title);
  }
  return lines;
}

Lines layouts() {
  Lines lines;
  for (const datasets::LayoutEntry& entry : datasets::layout_catalog())
    lines.emplace_back(entry.name, entry.summary);
  return lines;
}

Lines metrics() {
  Lines lines;
  for (const MetricEntry& entry : metric_catalog()) {
    lines.emplace_back(entry.name,
                       fmt::format("{} (unit {}, {} is better)", entry.summary, entry.unit,
                                   entry.better == Better::higher ? "higher" : "lower"));
  }
  return lines;
}

Lines sections() {
  Lines lines;
  for (const auto& entry : reporting::section_catalog())
    lines.emplace_back(entry.name, entry.summary);
  return lines;
}

Lines queries() {
  Lines lines;
  for (const auto& entry : results::query_catalog()) lines.emplace_back(entry.name, entry.help);
  return lines;
}

struct Catalog {
  const char* name;
  Lines (*lines)();
};

const std::vector<Catalog>& catalogs() {
  static const std::vector<Catalog> table{{"backbones", backbones}, {"methods", methods},
                                          {"datasets", data_sets},  {"layouts", layouts},
                                          {"metrics", metrics},     {"sections", sections},
                                          {"queries", queries}};
  return table;
}

void print_lines(const Lines& lines) {
  size_t width = 0;
  for (const auto& [name, summary] : lines) width = std::max(width, name.size());
  for (const auto& [name, summary] : lines)
    std::cout << fmt::format("{:<{}}  {}\n", name, width, summary);
}

}  // namespace

int list_command(const Arguments& arguments) {
  VerbParser parser({"list", "list backbones|methods|datasets|layouts|metrics|sections|queries",
                     "Prints a catalog, one entry a line; without a name, all of them.",
                     "nmsw list methods"});
  parser.positional("what", -1);
  if (!parser.parse(arguments)) return 0;
  const bool all = parser.list<std::string>("what").empty();
  const std::string asked = all ? "" : parser.only_word("what");
  std::vector<std::string> names;
  for (const Catalog& catalog : catalogs()) {
    names.emplace_back(catalog.name);
    if (all) std::cout << catalog.name << ":\n";
    if (all || asked == catalog.name) print_lines(catalog.lines());
    if (all) std::cout << '\n';
    if (asked == catalog.name) return 0;
  }
  if (!all) throw ConfigError("list {}: no such catalog; {}", asked, choice_hint(asked, names));
  return 0;
}

}  // namespace nmsw::runners
