#include "tidy/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

namespace orchestrator::tidy {

namespace {

namespace fs = std::filesystem;

SourceFile read(const fs::path& path) {
  SourceFile file{fs::relative(path, SOURCE_DIR).string(), {}};
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  return file;
}

std::vector<SourceFile> read_all() {
  std::vector<SourceFile> files;
  for (const char* top : {"include", "src", "tests", "bench"}) {
    std::error_code missing;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / top, missing)) {
      const fs::path extension = entry.path().extension();
      if (extension == ".cpp" || extension == ".hpp") files.push_back(read(entry.path()));
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace

std::string SourceFile::room() const {
  const std::string top = "src/";
  if (!path.starts_with(top)) return "";
  const std::size_t end = path.find('/', top.size());
  return end == std::string::npos ? "" : path.substr(top.size(), end - top.size());
}

const std::vector<SourceFile>& source_files() {
  static const std::vector<SourceFile> files = read_all();
  return files;
}

std::vector<Include> includes_of(const SourceFile& file) {
  static const std::regex directive(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_search(file.lines[i], match, directive)) continue;
    includes.push_back({match[2], match[1] == "\"", i + 1});
  }
  return includes;
}

std::vector<std::string> lines_where(const FilePredicate& is_examined, const LinePredicate& is_wrong,
                                     const std::string& why) {
  std::vector<std::string> found;
  for (const SourceFile& file : source_files()) {
    if (!is_examined(file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (is_wrong(file.lines[i])) found.push_back(at(file, i + 1, why));
    }
  }
  return found;
}

std::string at(const SourceFile& file, std::size_t line, const std::string& why) {
  return file.path + ":" + std::to_string(line) + ": " + why;
}

}  // namespace orchestrator::tidy
