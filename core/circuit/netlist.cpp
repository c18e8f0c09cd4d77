// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/netlist.h"

#include <algorithm>
#include <limits>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define AXP_FOR_EVERY_ISA __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define AXP_FOR_EVERY_ISA
#endif

namespace axp {

namespace {

constexpr int kWords = Netlist::kLanes / 64;

typedef std::uint64_t Words __attribute__((vector_size(Netlist::kLanes / 8)));

/// One bit of every lane: lane l is bit l % 64 of word l / 64. The alignment is said in a structure, because that of the vector type
/// depends on the instruction set and is lost in templates.
struct alignas(sizeof(Words)) Plane {
    Words words;
};

/// Transposes 64 x 64 bits in each of the words: bit k of row r becomes bit r of row k (Warren, Hacker's Delight, 7-3).
AXP_FOR_EVERY_ISA void transposeBits(Plane* rows) {
    std::uint64_t mask = 0x00000000ffffffffULL;
    for (int size = 32; size != 0; size >>= 1, mask ^= mask << size)
        for (int row = 0; row < 64; row = ((row | size) + 1) & ~size) {
            const Words t = ((rows[row].words >> size) ^ rows[row | size].words) & mask;
            rows[row | size].words ^= t;
            rows[row].words ^= t << size;
        }
}

AXP_FOR_EVERY_ISA void runPlanes(const Netlist::Step* step, std::size_t count, Plane* places) {
    for (const Netlist::Step* end = step + count; step != end; ++step) {
        const Words x = places[step->x].words, y = places[step->y].words;
        Words& to = places[step->to].words;
        switch (step->op) {
            case Netlist::Op::And: to = x & y; break;
            case Netlist::Op::Or: to = x | y; break;
            case Netlist::Op::Xor: to = x ^ y; break;
            case Netlist::Op::AndNot: to = x & ~y; break;
        }
    }
}

void fill(Plane& plane, std::uint64_t word) {
    plane.words = Words{} + word;
}

/// Bit `bit` of the lane numbers 0 .. kLanes - 1.
void setLaneBit(Plane& plane, int bit) {
    static constexpr std::uint64_t kInWord[] = {0xaaaaaaaaaaaaaaaaULL, 0xccccccccccccccccULL, 0xf0f0f0f0f0f0f0f0ULL,
                                                0xff00ff00ff00ff00ULL, 0xffff0000ffff0000ULL, 0xffffffff00000000ULL};
    for (int w = 0; w < kWords; ++w) plane.words[w] = bit < 6 ? kInWord[bit] : std::uint64_t{0} - ((static_cast<unsigned>(w) >> (bit - 6)) & 1);
}

constexpr int log2(int value) { return value <= 1 ? 0 : 1 + log2(value / 2); }
constexpr int kLaneBits = log2(Netlist::kLanes);

/// What passes work on; one per call, so that calls from several threads do not meet.
struct Passes {
    const std::vector<Netlist::Step>& steps;
    const std::vector<std::uint32_t>& outputs;
    bool outputSigned;
    std::vector<Plane> places;
    Plane rows[64];

    void run() {
        runPlanes(steps.data(), steps.size(), places.data());
        const Plane zero{};
        const Plane& above = outputSigned && !outputs.empty() ? places[outputs.back()] : zero;
        for (std::size_t bit = 0; bit < 64; ++bit) rows[bit] = bit < outputs.size() ? places[outputs[bit]] : above;
        transposeBits(rows);
    }
    std::int64_t lane(std::size_t lane) const { return static_cast<std::int64_t>(rows[lane % 64].words[lane / 64]); }
};

std::uint64_t key(Netlist::Node x, Netlist::Node y) { return std::uint64_t{x} << 32 | y; }

}  // namespace

Netlist::Netlist(int bitsA, int bitsB) : m_bitsA(bitsA), m_bitsB(bitsB) {}

Netlist::Node Netlist::gate(Op op, Node x, Node y) {
    const auto [at, isNew] = m_known[static_cast<std::size_t>(op)].emplace(key(x, y), firstGate() + static_cast<Node>(m_gates.size()));
    if (isNew) m_gates.push_back({op, x, y});
    return at->second;
}

/// Not(x) is Xor(kOne, x).
bool Netlist::isNot(Node node) const {
    if (node < firstGate()) return false;
    const Gate& gate = m_gates[node - firstGate()];
    return gate.op == Op::Xor && gate.x == kOne;
}

Netlist::Node Netlist::makeAnd(Node x, Node y) {
    if (x > y) std::swap(x, y);
    if (x == kZero) return kZero;
    if (x == kOne || x == y) return y;
    if (isNot(y)) {
        const Node inner = m_gates[y - firstGate()].y;
        return inner == x ? kZero : gate(Op::AndNot, x, inner);
    }
    if (isNot(x)) {
        const Node inner = m_gates[x - firstGate()].y;
        return inner == y ? kZero : gate(Op::AndNot, y, inner);
    }
    return gate(Op::And, x, y);
}

Netlist::Node Netlist::makeOr(Node x, Node y) {
    if (x > y) std::swap(x, y);
    if (x == kZero || x == y) return y;
    if (x == kOne) return kOne;
    if ((isNot(y) && m_gates[y - firstGate()].y == x) || (isNot(x) && m_gates[x - firstGate()].y == y)) return kOne;
    return gate(Op::Or, x, y);
}

Netlist::Node Netlist::makeXor(Node x, Node y) {
    if (x > y) std::swap(x, y);
    if (x == y) return kZero;
    if (x == kZero) return y;
    if (x == kOne) {
        if (y == kOne) return kZero;
        return isNot(y) ? m_gates[y - firstGate()].y : gate(Op::Xor, kOne, y);
    }
    if (isNot(x)) return makeNot(makeXor(m_gates[x - firstGate()].y, y));
    if (isNot(y)) return makeNot(makeXor(x, m_gates[y - firstGate()].y));
    return gate(Op::Xor, x, y);
}

Netlist::Node Netlist::makeMux(Node select, Node x, Node y) {
    if (x == y) return x;
    return makeOr(makeAnd(select, x), makeAnd(makeNot(select), y));
}

void Netlist::setOutputs(std::vector<Node> outputs, bool isSigned) {
    m_outputs = std::move(outputs);
    m_outputSigned = isSigned;
    for (auto& known : m_known) known.clear();
    dropUnused();
    plan();
}

void Netlist::dropUnused() {
    std::vector<bool> used(firstGate() + m_gates.size());
    for (const Node output : m_outputs) used[output] = true;
    for (std::size_t g = m_gates.size(); g-- > 0;)
        if (used[firstGate() + g]) used[m_gates[g].x] = used[m_gates[g].y] = true;
    std::vector<Node> renamed(used.size());
    std::vector<Gate> kept;
    for (Node node = 0; node < renamed.size(); ++node) {
        renamed[node] = node;
        if (node < firstGate() || !used[node]) continue;
        const Gate& gate = m_gates[node - firstGate()];
        renamed[node] = firstGate() + static_cast<Node>(kept.size());
        kept.push_back({gate.op, renamed[gate.x], renamed[gate.y]});
    }
    m_gates = std::move(kept);
    for (Node& output : m_outputs) output = renamed[output];
}

void Netlist::plan() {
    constexpr std::size_t kAlways = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> lastUse(firstGate() + m_gates.size(), 0);
    std::fill_n(lastUse.begin(), firstGate(), kAlways);
    for (std::size_t g = 0; g < m_gates.size(); ++g)
        for (const Node node : {m_gates[g].x, m_gates[g].y})
            if (lastUse[node] != kAlways) lastUse[node] = g;
    for (const Node output : m_outputs) lastUse[output] = kAlways;
    std::vector<std::uint32_t> place(lastUse.size()), unused;
    for (Node node = 0; node < firstGate(); ++node) place[node] = node;
    m_places = firstGate();
    m_steps.clear();
    for (std::size_t g = 0; g < m_gates.size(); ++g) {
        const Gate& gate = m_gates[g];
        if (lastUse[gate.x] == g) unused.push_back(place[gate.x]);
        if (gate.y != gate.x && lastUse[gate.y] == g) unused.push_back(place[gate.y]);
        std::uint32_t& to = place[firstGate() + g];
        if (unused.empty()) {
            to = static_cast<std::uint32_t>(m_places++);
        } else {
            to = unused.back();
            unused.pop_back();
        }
        m_steps.push_back({gate.op, to, place[gate.x], place[gate.y]});
    }
    m_outputPlaces.clear();
    for (const Node output : m_outputs) m_outputPlaces.push_back(place[output]);
}

std::int64_t Netlist::product(std::uint64_t a, std::uint64_t b) const {
    std::vector<std::uint8_t> places(m_places);
    places[kOne] = 1;
    for (int bit = 0; bit < m_bitsA; ++bit) places[inputA(bit)] = (a >> bit) & 1;
    for (int bit = 0; bit < m_bitsB; ++bit) places[inputB(bit)] = (b >> bit) & 1;
    for (const Step& step : m_steps) {
        const std::uint8_t x = places[step.x], y = places[step.y];
        switch (step.op) {
            case Op::And: places[step.to] = x & y; break;
            case Op::Or: places[step.to] = x | y; break;
            case Op::Xor: places[step.to] = x ^ y; break;
            case Op::AndNot: places[step.to] = static_cast<std::uint8_t>(x & ~y); break;
        }
    }
    std::uint64_t result = 0;
    for (std::size_t bit = 0; bit < m_outputPlaces.size(); ++bit) result |= std::uint64_t{places[m_outputPlaces[bit]]} << bit;
    const std::size_t width = m_outputPlaces.size();
    if (m_outputSigned && width > 0 && width < 64 && places[m_outputPlaces.back()]) result |= ~std::uint64_t{0} << width;
    return static_cast<std::int64_t>(result);
}

void Netlist::products(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::span<std::int64_t> products) const {
    Passes passes{m_steps, m_outputPlaces, m_outputSigned, std::vector<Plane>(m_places), {}};
    fill(passes.places[kOne], ~std::uint64_t{0});
    Plane in[64];
    for (std::size_t start = 0; start < products.size(); start += kLanes) {
        const std::size_t count = std::min<std::size_t>(kLanes, products.size() - start);
        std::fill(std::begin(in), std::end(in), Plane{});
        for (std::size_t lane = 0; lane < count; ++lane)
            in[lane % 64].words[lane / 64] = (a[start + lane] & ((1u << m_bitsA) - 1)) | std::uint64_t{b[start + lane] & ((1u << m_bitsB) - 1)} << m_bitsA;
        transposeBits(in);
        std::copy_n(in, m_bitsA + m_bitsB, passes.places.begin() + inputA(0));
        passes.run();
        for (std::size_t lane = 0; lane < count; ++lane) products[start + lane] = passes.lane(lane);
    }
}

void Netlist::row(std::uint32_t a, std::uint32_t firstB, std::span<std::int64_t> products) const {
    Passes passes{m_steps, m_outputPlaces, m_outputSigned, std::vector<Plane>(m_places), {}};
    fill(passes.places[kOne], ~std::uint64_t{0});
    for (int bit = 0; bit < m_bitsA; ++bit) fill(passes.places[inputA(bit)], std::uint64_t{0} - ((a >> bit) & 1));
    for (int bit = 0; bit < std::min(m_bitsB, kLaneBits); ++bit) setLaneBit(passes.places[inputB(bit)], bit);
    for (std::size_t start = 0; start < products.size(); start += kLanes) {
        const std::size_t b = firstB + start;
        for (int bit = kLaneBits; bit < m_bitsB; ++bit) fill(passes.places[inputB(bit)], std::uint64_t{0} - ((b >> bit) & 1));
        passes.run();
        const std::size_t count = std::min<std::size_t>(kLanes, products.size() - start);
        for (std::size_t word = 0; word * 64 < count; ++word)
            for (std::size_t bit = 0; bit < 64 && word * 64 + bit < count; ++bit)
                products[start + word * 64 + bit] = static_cast<std::int64_t>(passes.rows[bit].words[word]);
    }
}

std::string Netlist::canonical() const {
    std::string text = "netlist " + std::to_string(m_bitsA) + " " + std::to_string(m_bitsB) + (m_outputSigned ? " signed" : " unsigned");
    for (const Gate& gate : m_gates)
        text += "\n" + std::string(1, "&|^-"[static_cast<std::size_t>(gate.op)]) + std::to_string(gate.x) + " " + std::to_string(gate.y);
    text += "\n=";
    for (const Node output : m_outputs) text += " " + std::to_string(output);
    return text;
}

}  // namespace axp
