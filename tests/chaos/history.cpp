#include "chaos/history.hpp"

#include <algorithm>
#include <fstream>

namespace orchestrator::chaos {
namespace {

std::string described(const RequestRecord& exchange) {
  const std::string answered = exchange.answered_at ? format_instant(*exchange.answered_at) : "never";
  return format_instant(exchange.at) + " " + answered + " " + std::to_string(exchange.status) + " ";
}

}  // namespace

Instant wall_clock() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

void History::note_fault(const std::string& what) {
  const std::lock_guard lock(mutex_);
  records_.faults.push_back({what, wall_clock()});
}

void History::note_surprise(const std::string& what) {
  const std::lock_guard lock(mutex_);
  records_.unexplained_responses.push_back(what);
}

Records History::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::size_t History::acknowledged_posts() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      records_.posts, [](const Post& post) { return post.exchange.is_acknowledged(); }));
}

void write(const Records& records, const std::filesystem::path& file) {
  std::ofstream out(file);
  for (const Post& post : records.posts) {
    out << "post " << described(post.exchange) << post.id << " " << post.user << " " << post.priority << " "
        << post.supersede_key;
    for (const std::string& text : post.texts) out << " \"" << text << "\"";
    out << "\n";
  }
  for (const Cancel& cancel : records.cancels)
    out << "cancel " << described(cancel.exchange) << cancel.id << "\n";
  for (const InboundPost& said : records.inbound) {
    out << "said " << described(said.exchange) << said.id << " " << said.user << " " << said.status << " \""
        << said.text << "\"\n";
  }
  for (const Put& put : records.puts)
    out << "put " << described(put.exchange) << put.user << " " << put.number << "\n";
  for (const Flush& flush : records.flushes)
    out << "flush " << described(flush.exchange) << flush.user << "\n";
  for (const Fault& fault : records.faults)
    out << "fault " << format_instant(fault.at) << " " << fault.what << "\n";
  for (const std::string& response : records.unexplained_responses) out << "surprise " << response << "\n";
}

}  // namespace orchestrator::chaos
