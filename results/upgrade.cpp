#include "results/upgrade.h"

#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "results/schema.h"

namespace nmsw::results {
namespace {

constexpr std::string_view kCreate = "CREATE ";

/// "CREATE <kind> <name> <rest>"; a comment that follows belongs to the rest.
struct Definition {
  std::string kind;
  std::string name;
  std::string rest;
};

/// In schema.sql every definition, and nothing else, begins a line with CREATE.
std::vector<Definition> definitions() {
  std::vector<Definition> found;
  for (const auto& [file, text] : embedded_schema()) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind(kCreate, 0) == 0) {
        std::istringstream words(line.substr(kCreate.size()));
        Definition definition;
        words >> definition.kind >> definition.name;
        std::getline(words, definition.rest);
        found.push_back(definition);
      } else if (!found.empty()) {
        found.back().rest += "\n" + line;
      }
    }
  }
  return found;
}

bool is_there(Database& database, const Definition& definition) {
  Statement count(database, "SELECT count(*) FROM main.sqlite_schema WHERE name = ?");
  count.bind(definition.name).next();
  return count.integer(0) > 0;
}

}  // namespace

void upgrade(Database& database) {
  for (const Definition& d : definitions()) {
    if (d.kind == "VIEW") {
      database.execute("DROP VIEW IF EXISTS " + d.name);
    } else if (is_there(database, d)) {
      continue;
    }
    database.execute(fmt::format("CREATE {} {}{}", d.kind, d.name, d.rest));
  }
}

void upgrade_for_reading(Database& database) {
  database.execute("PRAGMA temp_store = MEMORY");
  for (const Definition& d : definitions()) {
    const bool is_missing_table = d.kind == "TABLE" && !is_there(database, d);
    if (d.kind == "VIEW" || is_missing_table) {
      database.execute(fmt::format("CREATE TEMP {} {}{}", d.kind, d.name, d.rest));
    }
  }
}

}  // namespace nmsw::results
