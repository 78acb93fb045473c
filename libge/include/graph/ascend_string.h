/* SPDX-License-Identifier: MIT */
/* AscendString: text that looks the same under every C++ ABI. */
#ifndef GE_GRAPH_ASCEND_STRING_H
#define GE_GRAPH_ASCEND_STRING_H

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace ge {

class AscendString {
public:
	AscendString() {}
	/* Implicit: {{"key", "value"}} makes a map of them. NULL is the empty string. */
	AscendString(const char *text) { Assign(text, text ? std::strlen(text) : 0); }
	AscendString(const char *text, size_t length) { Assign(text, text ? length : 0); }
	AscendString(const AscendString &other) { Assign(other.text_, other.length_); }
	AscendString(AscendString &&other) noexcept : text_(other.text_), length_(other.length_)
	{
		other.text_ = nullptr;
		other.length_ = 0;
	}
	~AscendString() { std::free(text_); }

	AscendString &operator=(const AscendString &other)
	{
		if (this != &other) {
			std::free(text_);
			text_ = nullptr;
			length_ = 0;
			Assign(other.text_, other.length_);
		}
		return *this;
	}
	AscendString &operator=(AscendString &&other) noexcept
	{
		if (this != &other) {
			std::free(text_);
			text_ = other.text_;
			length_ = other.length_;
			other.text_ = nullptr;
			other.length_ = 0;
		}
		return *this;
	}

	/* Never NULL. */
	const char *GetString() const { return text_ ? text_ : ""; }
	size_t GetLength() const { return length_; }
	/* Position of @other, or size_t's largest value. */
	size_t Find(const AscendString &other) const
	{
		const char *at = std::strstr(GetString(), other.GetString());

		return at ? static_cast<size_t>(at - GetString()) : static_cast<size_t>(-1);
	}
	size_t Hash() const
	{
		size_t hash = static_cast<size_t>(14695981039346656037ull);

		for (size_t i = 0; i < length_; i++)
			hash = (hash ^ static_cast<unsigned char>(text_[i])) *
			       static_cast<size_t>(1099511628211ull);
		return hash;
	}

	bool operator<(const AscendString &other) const { return Compare(other) < 0; }
	bool operator>(const AscendString &other) const { return Compare(other) > 0; }
	bool operator<=(const AscendString &other) const { return Compare(other) <= 0; }
	bool operator>=(const AscendString &other) const { return Compare(other) >= 0; }
	bool operator==(const AscendString &other) const { return Compare(other) == 0; }
	bool operator!=(const AscendString &other) const { return Compare(other) != 0; }
	bool operator==(const char *text) const
	{
		return text && std::strcmp(GetString(), text) == 0;
	}
	bool operator!=(const char *text) const { return !(*this == text); }

private:
	void Assign(const char *text, size_t length)
	{
		if (!length)
			return;
		text_ = static_cast<char *>(std::malloc(length + 1));
		if (!text_)
			return;
		std::memcpy(text_, text, length);
		text_[length] = '\0';
		length_ = length;
	}
	int Compare(const AscendString &other) const
	{
		return std::strcmp(GetString(), other.GetString());
	}

	char *text_ = nullptr;
	size_t length_ = 0;
};

} // namespace ge

namespace std {
template <> struct hash<ge::AscendString> {
	size_t operator()(const ge::AscendString &text) const { return text.Hash(); }
};
} // namespace std

#endif
