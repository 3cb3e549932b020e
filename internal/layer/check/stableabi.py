#!/usr/bin/env python3
"""Write stableabi.txt: the symbols of CPython's stable ABI, with the version that added each.

Up to 3.11 they come from the headers of Python 3.11, preprocessed with each value of Py_LIMITED_API; later ones stand
below, as "C API Stability" of Python's documentation says. Symbols that only macros of the limited API name are in
PRIVATE."""

import re
import subprocess

HEADERS = "/usr/include/python3.11"

PRIVATE = """_PyArg_ParseTuple_SizeT _PyArg_Parse_SizeT _PyArg_ParseTupleAndKeywords_SizeT _PyArg_VaParse_SizeT _PyArg_VaParseTupleAndKeywords_SizeT
_Py_BuildValue_SizeT _Py_VaBuildValue_SizeT _PyObject_CallFunction_SizeT _PyObject_CallMethod_SizeT _PyObject_GC_New _PyObject_GC_NewVar
_PyObject_GC_Resize _PyObject_New _PyObject_NewVar _PyState_AddModule _PyThreadState_Init _PyThreadState_Prealloc _PyTrash_delete_later
_PyTrash_delete_nested _PyTrash_deposit_object _PyTrash_destroy_chain _PyTrash_thread_deposit_object _PyTrash_thread_destroy_chain _PyTrash_begin
_PyTrash_end _PyTrash_cond _PyErr_BadInternalCall _PyWeakref_CallableProxyType _PyWeakref_ProxyType _PyWeakref_RefType _Py_CheckRecursionLimit
_Py_CheckRecursiveCall _Py_Dealloc _Py_DecRef _Py_EllipsisObject _Py_FalseStruct _Py_IncRef _Py_NegativeRefcount _Py_NoneStruct
_Py_NotImplementedStruct _Py_RefTotal _Py_SwappedOp _Py_TrueStruct _Py_tracemalloc_config _PyImport_FindExtensionObject
_PyLong_AsByteArray _Py_SetRefcnt""".split()

LATER = {
    "3.12": """PyErr_DisplayException PyErr_GetRaisedException PyErr_SetRaisedException PyException_GetArgs PyException_SetArgs PyObject_GetTypeData
        PyObject_Vectorcall PyObject_VectorcallMethod PyType_FromMetaclass PyType_GetTypeDataSize PyVectorcall_Call PyVectorcall_NARGS
        PyObject_GetItemData""",
    "3.13": """PyDict_ContainsString PyDict_GetItemRef PyDict_GetItemStringRef PyErr_FormatUnraisable PyEval_GetFrameBuiltins PyEval_GetFrameGlobals
        PyEval_GetFrameLocals PyImport_AddModuleRef PyList_GetItemRef PyLong_AsInt PyMapping_GetOptionalItem PyMapping_GetOptionalItemString
        PyMapping_HasKeyStringWithError PyMapping_HasKeyWithError PyMem_RawCalloc PyMem_RawFree PyMem_RawMalloc PyMem_RawRealloc PyModule_Add
        PyObject_DelAttr PyObject_DelAttrString PyObject_GetOptionalAttr PyObject_GetOptionalAttrString PyObject_HasAttrStringWithError
        PyObject_HasAttrWithError PySys_Audit PySys_AuditTuple PyThread_release_lock PyType_GetFullyQualifiedName PyType_GetModuleByDef
        PyType_GetModuleName PyUnicode_AsUTF8 PyUnicode_EqualToUTF8 PyUnicode_EqualToUTF8AndSize PyWeakref_GetRef Py_GetConstant
        Py_GetConstantBorrowed Py_IsFinalizing""",
    "3.14": """PyLong_AsInt32 PyLong_AsInt64 PyLong_AsNativeBytes PyLong_AsUInt32 PyLong_AsUInt64 PyLong_FromInt32 PyLong_FromInt64
        PyLong_FromNativeBytes PyLong_FromUInt32 PyLong_FromUInt64 PyLong_FromUnsignedNativeBytes PyIter_NextItem PyType_Freeze
        PyType_GetBaseByToken Py_PACK_FULL_VERSION Py_PACK_VERSION Py_REFCNT Py_TYPE PyUnicode_Equal""",
}


def names(version):
    out = subprocess.run(
        ["gcc", "-E", "-P", f"-I{HEADERS}", f"-DPy_LIMITED_API=0x03{version:02x}0000", "-include", "Python.h", "-xc", "/dev/null"],
        check=True, capture_output=True, text=True).stdout
    # What a shared library exports is marked with this attribute.
    found = set()
    for text in re.split(r"__attribute__ \(\(visibility \(\"default\"\)\)\)", out)[1:]:
        declaration = re.split(r"[;{]", text, maxsplit=1)[0]
        name = re.search(r"\b(_?Py\w+)\s*(?:\(|$|\[)", declaration)
        if name:
            found.add(name.group(1))
    return found


def main():
    added = {}
    for version in range(2, 12):
        for name in names(version):
            added.setdefault(name, f"3.{version}")
    for name in PRIVATE:
        added.setdefault(name, "3.2")
    for version, text in LATER.items():
        for name in text.split():
            added.setdefault(name, version)
    with open("stableabi.txt", "w") as f:
        for name in sorted(added):
            f.write(f"{name} {added[name]}\n")


main()
