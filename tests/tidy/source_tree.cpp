#include "tidy/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <regex>
#include <set>

namespace orchestrator::tidy {

namespace {

namespace fs = std::filesystem;

SourceFile read(const fs::path& path) {
  SourceFile file{fs::relative(path, SOURCE_DIR).string(), {}};
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  return file;
}

bool is_generated_or_recorded(const fs::path& path) {
  const std::string text = path.string();
  return text.find("/fuzz/corpus/") != std::string::npos || text.find("/node_modules/") != std::string::npos;
}

std::vector<SourceFile> read_all(std::initializer_list<const char*> directories,
                                 const std::set<std::string>& extensions) {
  std::vector<SourceFile> files;
  for (const char* top : directories) {
    std::error_code missing;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / top, missing)) {
      const fs::path& path = entry.path();
      if (!entry.is_regular_file() || is_generated_or_recorded(path)) continue;
      if (extensions.contains(path.extension().string())) files.push_back(read(path));
    }
  }
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
  static const std::vector<SourceFile> files = [] {
    auto found = read_all({"include", "src", "tests", "bench", "examples"}, {".cpp", ".hpp"});
    std::ranges::sort(found, {}, &SourceFile::path);
    return found;
  }();
  return files;
}

const std::vector<SourceFile>& readable_files() {
  static const std::vector<SourceFile> files = [] {
    auto found = read_all({"include", "src", "tests", "bench", "examples", "docs", "scripts", "cmake", ".ci"},
                          {"", ".cpp", ".hpp", ".sql", ".md", ".cmake", ".js", ".lua", ".sh", ".gnuplot"});
    for (const char* name : {"README.md", "CHANGELOG.md", "CMakeLists.txt", "Dockerfile"}) {
      found.push_back(read(fs::path(SOURCE_DIR) / name));
    }
    return found;
  }();
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

std::vector<std::string> lines_where(const std::vector<SourceFile>& files, const FilePredicate& is_examined,
                                     const LinePredicate& is_wrong, const std::string& why) {
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    if (!is_examined(file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (is_wrong(file.lines[i])) found.push_back(at(file, i + 1, why));
    }
  }
  return found;
}

std::vector<std::string> lines_where(const FilePredicate& is_examined, const LinePredicate& is_wrong,
                                     const std::string& why) {
  return lines_where(source_files(), is_examined, is_wrong, why);
}

std::string at(const SourceFile& file, std::size_t line, const std::string& why) {
  return file.path + ":" + std::to_string(line) + ": " + why;
}

}  // namespace orchestrator::tidy
