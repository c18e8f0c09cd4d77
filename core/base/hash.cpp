// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace axp {

namespace {

// OpenSSL fails here only without memory or without its own SHA-256; a made-up digest would be worse than stopping.
void require(bool ok) {
    if (ok) return;
    std::fputs("fatal: OpenSSL cannot compute SHA-256\n", stderr);
    std::abort();
}

}  // namespace

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : m_state(std::make_unique<State>()) {
    require(m_state->context && EVP_DigestInit_ex(m_state->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
    if (!bytes.empty()) require(EVP_DigestUpdate(m_state->context, bytes.data(), bytes.size()) == 1);
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }

std::string Sha256::hex() {
    // Finishing a copy makes a second call give the same digest.
    State finished;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    require(finished.context && EVP_MD_CTX_copy_ex(finished.context, m_state->context) == 1 &&
            EVP_DigestFinal_ex(finished.context, digest.data(), &size) == 1);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * std::size_t{size});
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string sha256Hex(std::string_view text) {
    Sha256 hash;
    hash.update(text);
    return hash.hex();
}

Result<std::string> sha256File(const std::string& path) {
    // Non-blocking, because opening a named pipe would otherwise wait for a writer for ever.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return badInput(std::string("cannot open the file: ") + std::strerror(errno), path);
    struct Closer {
        int fd;
        ~Closer() { ::close(fd); }
    } closer{fd};
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return badInput("this is not a regular file", path);
    Sha256 hash;
    std::vector<std::byte> buffer(1 << 18);
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got == 0) return hash.hex();
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure(std::string("reading failed: ") + std::strerror(errno), path);
        hash.update(std::span(buffer.data(), static_cast<std::size_t>(got)));
    }
}

}  // namespace axp
