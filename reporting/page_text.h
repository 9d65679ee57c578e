#pragma once

#include <string>

namespace nmsw::reporting {

/// The style sheet of the page: `page/style.css`, and the figures' colours on a dark ground.
std::string page_style();

/// The script of the page: `page/script.js`. What it does is a convenience: without it the page
/// shows everything too.
const std::string& page_script();

/// The script of a case's page, `page/case.js`, which drives the viewer.
const std::string& case_script();

/// The heads of every page: what it may load (nothing beyond itself), its title and style.
///
/// may_decode  whether scripts may make blobs and workers of what the page holds, as a viewer needs
std::string page_head(const std::string& title, const std::string& style, bool may_decode = false);

/// A text as a script element's content: nothing in it ends the element.
std::string inside_script(const std::string& text);

/// JSON as a script element's content: no `<` is left that could end the element.
std::string inside_json(const std::string& json);

/// A relative path as a link leads to it: bytes that mean something in an address are escaped.
std::string url_path(const std::string& path);

}  // namespace nmsw::reporting
