// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/mcts/tree.h"

#include <algorithm>

namespace axp {

int SearchTree::insert(const Choice& choice, double value) {
    int last = deepest(choice);
    if (const auto depth = static_cast<std::size_t>(node(last).depth); depth < choice.size()) last = add(last, choice[depth]);
    for (int i = last; i != kNone; i = node(i).parent) {
        Node& passed = m_nodes[static_cast<std::size_t>(i)];
        ++passed.visits;
        passed.sum += value;
    }
    return last;
}

int SearchTree::child(int index, int candidate) const {
    for (int i = node(index).firstChild; i != kNone; i = node(i).nextSibling)
        if (node(i).candidate == candidate) return i;
    return kNone;
}

std::vector<int> SearchTree::children(int index) const {
    std::vector<int> found;
    for (int i = node(index).firstChild; i != kNone; i = node(i).nextSibling) found.push_back(i);
    return found;
}

Choice SearchTree::path(int index) const {
    Choice choice;
    for (; node(index).parent != kNone; index = node(index).parent) choice.push_back(node(index).candidate);
    std::reverse(choice.begin(), choice.end());
    return choice;
}

int SearchTree::deepest(const Choice& choice) const {
    int index = 0;
    for (const int candidate : choice) {
        const int next = child(index, candidate);
        if (next == kNone) break;
        index = next;
    }
    return index;
}

std::vector<int> SearchTree::principalPath() const {
    std::vector<int> path;
    for (int index = 0; node(index).firstChild != kNone; path.push_back(index)) {
        int best = node(index).firstChild;
        for (int i = node(best).nextSibling; i != kNone; i = node(i).nextSibling)
            if (node(i).visits > node(best).visits || (node(i).visits == node(best).visits && node(i).mean() > node(best).mean())) best = i;
        index = best;
    }
    return path;
}

int SearchTree::add(int parent, int candidate) {
    const int index = size();
    Node child;
    child.parent = parent;
    child.candidate = candidate;
    child.depth = node(parent).depth + 1;
    int* link = &m_nodes[static_cast<std::size_t>(parent)].firstChild;
    while (*link != kNone && node(*link).candidate < candidate) link = &m_nodes[static_cast<std::size_t>(*link)].nextSibling;
    child.nextSibling = *link;
    *link = index;
    m_nodes.push_back(child);
    return index;
}

}  // namespace axp
