// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/acu/acu.h"

namespace axp {

/// A parameter of a multiplier family, from which dialogs and help texts are generated.
struct FamilyParameter {
    std::string name;
    std::string help;
    std::int64_t min = 0, max = 0, defaultValue = 0;
};

/// A parametric multiplier family. Names of members: "FAMILY:key=value:..." (no commas or '=' separators of an assignment are
/// needed because the site separator is split first), for example "exact:bits=8", "trunc:bits=8:a=1:b=1".
struct Family {
    std::string name;
    std::string help;      ///< one line with the paper
    std::vector<FamilyParameter> parameters;
    /// Values in the order of `parameters`.
    Result<AcuPtr> (*make)(const std::string& name, const std::vector<std::int64_t>& values);
};

/// exact, trunc (operand truncation), bam (broken array: without low partial products), perf (perforated rows).
const std::vector<Family>& families();

/// The built-in, named ACUs: the exact 8-bit multiplier "exact8s" and the thesis's circuits mul8s_1KV6, mul8s_1KV9, mul8s_1L2H,
/// mul8s_1L2L with their published PDK45 figures.
const std::vector<AcuPtr>& builtinAcus();

/// Finds ACUs by name: built-in names, family members, ACUs loaded into this library, and files (.npy tables).
/// Not thread-safe for add(); const calls are.
class AcuLibrary {
public:
    AcuLibrary();
    /// All named ACUs, built-in ones first.
    const std::vector<AcuPtr>& acus() const { return m_acus; }
    /// Adds an ACU; an ACU of the same name must have the same products. Of two such, the one whose record
    /// knows more (other names, a check) stays.
    Result<void> add(AcuPtr acu);
    /// Opens a library folder that an import has written (core/acu/library_folder.h; tables are read when they are first used), or loads
    /// every .npy table of a folder (an `index.json` beside them gives figures) or one .npy file. Returns how many.
    Result<int> load(const std::string& path);
    /// Resolves a name, another name of an imported ACU ("mul8s_1KV9@v2022"), a family member ("trunc:bits=8:a=2:b=2") or the path of a .npy file. The error names the nearest names.
    Result<AcuPtr> find(const std::string& nameOrPath) const;

private:
    Result<int> loadFolder(const std::string& path);
    /// The ACU that has `name` among the names of its record; null when there is none, an error when there are several.
    Result<AcuPtr> findByOtherName(const std::string& name) const;

    std::vector<AcuPtr> m_acus;
};

/// Reads a product table from a .npy file of shape [2^a, 2^b], any integer dtype; signedness from the dtype. File name
/// prefixes like "mul8s_"/"mul8u_" or an index.json entry override a dtype that cannot tell (values of uint16 tables need int32).
/// "NAME.left.npy" with "NAME.right.npy" beside it is a multiplier of up to 16 bits given by its exact factors (core/acu/factor_file.h).
Result<AcuPtr> loadNpyAcu(const std::string& path);
/// Writes a table as .npy (int16/uint16 when it fits, else int32/uint32).
Result<void> saveNpyTable(const ProductTable& table, const std::string& path);

}  // namespace axp
