import xml.etree.ElementTree as ET

def rm_main(text):
    return {item.get("n"): item.text for item in ET.fromstring(text)}
