/* SPDX-License-Identifier: MIT */
/*
 * The map of names against std::map, and the intrusive list.
 */
#include "base/list.h"
#include "base/map.h"
#include "catch_shim.hpp"

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace
{

struct Entry {
    nci_map_entry entry;
    std::string name;
};

struct Item {
    nci_list link;
    int number;
};

std::vector<int> numbers(const nci_list &list)
{
    std::vector<int> found;
    for (nci_list *at = list.next; at != &list; at = at->next)
        found.push_back(NCI_CONTAINER(at, Item, link)->number);
    return found;
}

} // namespace

TEST_CASE("a map finds what was put in, in the order of the bytes of the names", "[base]")
{
    std::mt19937 random(2);
    std::map<std::string, std::unique_ptr<Entry>> model;
    nci_map map = {};
    bool same = true;
    for (int round = 0; round < 5000 && same; round++) {
        std::string name;
        for (size_t i = random() % 4; i > 0; i--)
            name += (char)("\0ab\xff"[random() % 4]);
        bool there = model.count(name) != 0;
        nci_map_entry *found = nci_map_find(&map, name.data(), name.size());
        same = there ? found == &model[name]->entry : found == nullptr;
        auto entry = std::make_unique<Entry>();
        entry->name = name;
        entry->entry = {entry->name.data(), entry->name.size()};
        if (random() % 2) {
            int status = nci_map_insert(&map, &entry->entry);
            same = same && status == (there ? NCI_EXISTS : NCI_OK);
            if (!there)
                model[name] = std::move(entry);
        } else if (there) {
            nci_map_remove(&map, &entry->entry); /* another entry of that name: nothing happens */
            same = same && map.count == model.size();
            nci_map_remove(&map, &model[name]->entry);
            model.erase(name);
        }
        same = same && map.count == model.size();
    }
    CHECK(same);
    size_t at = 0;
    for (auto &each : model)
        same = same && map.entries[at++] == &each.second->entry;
    CHECK(same);
    nci_map_fini(&map);
    CHECK(nci_map_find(&map, "a", 1) == nullptr);
}

TEST_CASE("removing a node twice, or one that is in no list, is harmless", "[base]")
{
    nci_list list;
    Item items[3];
    nci_list_init(&list);
    for (int i = 0; i < 3; i++) {
        items[i].number = i;
        nci_list_append(&list, &items[i].link);
    }
    nci_list_remove(&items[1].link);
    nci_list_remove(&items[1].link);
    CHECK(numbers(list) == std::vector<int>{0, 2});
    nci_list_insert_before(&items[2].link, &items[1].link);
    CHECK(numbers(list) == std::vector<int>{0, 1, 2});
}

TEST_CASE("splicing moves all nodes in order and leaves the old list empty", "[base]")
{
    nci_list from, to;
    Item items[4];
    nci_list_init(&from);
    nci_list_init(&to);
    nci_list_splice(&to, &from);
    CHECK(nci_list_empty(&to));
    for (int i = 0; i < 4; i++) {
        items[i].number = i;
        nci_list_append(i < 2 ? &to : &from, &items[i].link);
    }
    nci_list_splice(&to, &from);
    CHECK(numbers(to) == std::vector<int>{0, 1, 2, 3});
    CHECK(nci_list_empty(&from));
}
