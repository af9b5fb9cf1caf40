#include "frontend/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "frontend/server.h"

namespace parley::frontend {
namespace {

// A client that does not take its answers is not read until it has.
constexpr size_t kPauseBytes = 1024 * 1024;
constexpr size_t kPiecesPerCall = 64;

}  // namespace

Connection::Connection(Server& server, int fd, std::unique_ptr<Introduction> awaited)
    : server_(server), fd_(fd), awaited_(std::move(awaited)), interest_(io::kReadable) {
  server_.loop().Watch(fd_, io::kReadable, this);
}

Connection::~Connection() {
  server_.loop().Unwatch(fd_, this);
  close(fd_);
}

void Connection::OnReady(uint32_t ready) {
  if (ready & io::kWritable) {
    full_ = false;
    server_.gateway().Touch(*this);
  }
  if ((ready & io::kReadable) && !end_read_) Read();
  // Without a way to send, nothing is left to do. What was asked is carried out all the same.
  if (ready & io::kHangUp) failed_ = true;
  if (failed_ || end_read_) server_.gateway().Touch(*this);
}

void Connection::Read() {
  const std::span<char> scratch = server_.scratch();
  const ssize_t size = recv(fd_, scratch.data(), scratch.size(), 0);
  if (size > 0) {
    // Of a closed session, what still comes is read and forgotten: closing a socket with unread bytes would reset the
    // connection, and take session.closed from the client.
    std::string_view bytes(scratch.data(), static_cast<size_t>(size));
    if (awaited_ == nullptr || ReadHeader(bytes)) server_.gateway().OnBytes(*this, bytes);
  } else if (size == 0) {
    end_read_ = true;
    // A health check may say nothing at all.
    if (awaited_ != nullptr && awaited_->header.begun() && is_open()) {
      server_.OnWrongHeader(*this, awaited_->peer, "it is cut short");
    }
    server_.gateway().OnHalfClose(*this);
  } else if (errno != EAGAIN && errno != EINTR) {
    failed_ = true;
  }
  Interest();
}

bool Connection::ReadHeader(std::string_view& bytes) {
  if (!is_open()) return false;
  const ProxyHeader::State state = awaited_->header.Feed(bytes);
  if (state == ProxyHeader::State::kNeedMore) return false;
  const std::unique_ptr<Introduction> read = std::move(awaited_);
  if (state == ProxyHeader::State::kWrong) {
    server_.OnWrongHeader(*this, read->peer, read->header.problem());
    return false;
  }
  server_.gateway().Introduce(*this, read->header.source().value_or(read->peer).text());
  return true;
}

bool Connection::Write() {
  while (out != nullptr && !full_) {
    std::array<std::string_view, kPiecesPerCall> pieces;
    std::array<iovec, kPiecesPerCall> vectors;
    const size_t count = out->Pieces(pieces);
    size_t total = 0;
    for (size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
      total += pieces[i].size();
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = total == 0 ? 0 : sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    const size_t taken = sent < 0 ? 0 : static_cast<size_t>(sent);
    full_ = taken < total;
    server_.gateway().OnSent(*this, taken);
  }
  return true;
}

bool Connection::Flush() {
  if (failed_ || phase == Phase::kOver || !Write()) return false;
  if (phase == Phase::kClosing && out == nullptr) {
    if (end_read_) return false;
    if (!end_sent_) {
      end_sent_ = true;
      shutdown(fd_, SHUT_WR);
    }
  }
  Interest();
  return true;
}

void Connection::Interest() {
  const bool read = !end_read_ && (phase != Phase::kOpen || out_bytes() < kPauseBytes);
  const auto interest = static_cast<uint8_t>((read ? io::kReadable : 0U) | (full_ ? io::kWritable : 0U));
  if (interest == interest_) return;
  interest_ = interest;
  server_.loop().Rewatch(fd_, interest, this);
}

}  // namespace parley::frontend
