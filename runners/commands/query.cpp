#include <iostream>

#include "results/catalog.h"
#include "results/query_format.h"
#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"

namespace nmsw::runners {
namespace {

std::string named_sql(const std::string& name) {
  return std::string(results::find_query(name).sql);
}

}  // namespace

int query_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser({"query", "query NAME | --sql \"SELECT …\" [options]",
                     "Answers a question from the database, which is opened for reading only.",
                     "nmsw query --sql \"SELECT * FROM v_comparison\" --format csv"});
  parser.options().add_options()("db", po::value<std::string>()->default_value(kDefaultDatabase),
                                 "database")("sql", po::value<std::string>(), "one SELECT")(
      "list", "print the named queries")("format", po::value<std::string>()->default_value("table"),
                                         "table, csv, json or md");
  parser.positional("name", -1);
  if (!parser.parse(arguments)) return 0;
  if (parser.has("list")) return list_command({"queries"});
  const results::QueryFormat format =
      results::parse_query_format(parser.get<std::string>("format"));
  const bool named = !parser.list<std::string>("name").empty();
  if (named == parser.has("sql"))
    parser.usage_error("give the name of a query (see --list) or --sql");
  const std::string sql =
      named ? named_sql(parser.only_word("name")) : parser.get<std::string>("sql");
  const auto store = results::ResultStore::open_read_only(parser.get<std::string>("db"));
  std::cout << results::format_query(store.query(sql), format);
  return 0;
}

}  // namespace nmsw::runners
